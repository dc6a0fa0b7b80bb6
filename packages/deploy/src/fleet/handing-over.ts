/**
 * A deployment on its way to another owner, as its record has it: on what terms, and what was signed so far. The work itself is that of
 * `touchstone deploy transfer`; who does it is asked for by `OpenHands`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { digestOf } from "../deployment/digest.ts";
import type { PublicKey } from "../supply/key.ts";
import { openAcceptance, openRecord, requireSame } from "../transfer/papers.ts";
import { FILES } from "./files.ts";
import { appliedDigest, isDone } from "./steps.ts";
import type { FleetRecord, Terms, Transfer } from "./record.ts";
import type { Fleet, Held, Who } from "./store.ts";

/** Private folder of what both sides sign, and of what the operator keeps until it has proved that it is out. */
const folderOf = (folder: string): string => join(folder, "transfer");
export const paperOf = (folder: string, name: keyof typeof PAPERS): string => join(folderOf(folder), PAPERS[name]);
const PAPERS = {
  /** As it is handed over: with what the infrastructure told. */
  description: "deployment.yaml",
  transfer: "transfer.json",
  kept: "kept.json",
  acceptance: "acceptance.json",
  customer: "customer.pub.pem",
  record: "record.json",
} as const;

export const writePaper = (folder: string, name: keyof typeof PAPERS, text: string): void => {
  mkdirSync(folderOf(folder), { recursive: true, mode: 0o700 });
  FILES.replace(paperOf(folder, name), text);
};

/** Nobody changes what is on its way to another owner, or theirs. Throws FLEET_HANDED_OVER. */
export const requireOurs = ({ name, state }: FleetRecord): void => {
  if (state === "transferring" || state === "transferred") throw userError("FLEET_HANDED_OVER", name, state);
};

const wrong = ({ name, state }: FleetRecord, wanted: string, why: string) => userError("FLEET_STATE_WRONG", name, state, wanted, why);

/** Throws FLEET_STATE_WRONG unless something of this transfer is still to come. */
const underWay = (record: FleetRecord): Transfer => {
  if (record.state === "transferred") throw userError("FLEET_HANDED_OVER", record.name, record.state);
  if (record.state !== "transferring" || record.transfer === null)
    throw wrong(record, "transferred", "it is not on its way to another owner: touchstone fleet transfer export begins");
  return record.transfer;
};

export type Beginning = { reason: string; terms: Terms };

/** Writes down on whose word and on what terms it is handed over. Throws OPTION_INVALID, and FLEET_UNAPPLIED where it is described otherwise than it runs. The same terms once more change nothing; others take the place of those that nobody has accepted. */
export const approveTransfer = (fleet: Fleet, held: Held<FleetRecord>, { reason, terms }: Beginning, { who, now }: Who): FleetRecord => {
  const record = held.read();
  const { deployment } = fleet.read(record.name);
  const { state, approval, transfer } = record;
  if (terms.state !== null && terms.store !== null)
    throw userError("OPTION_INVALID", "--state", "a move (--store) leaves the infrastructure behind: its state stays the operator's");
  if (approval?.purpose === "remove") throw wrong(record, "transferring", `it is to be taken away: ${approval.reason}`);
  if (state === "transferred") throw userError("FLEET_HANDED_OVER", record.name, state);
  if (!["ready", "suspended", "transferring"].includes(state)) throw wrong(record, "transferring", "only what is well is handed over");
  if (transfer?.isCancelled === true) throw wrong(record, "transferring", "it is being cancelled: touchstone fleet transfer cancel");
  const isSame = transfer !== null && digestOf(transfer.terms) === digestOf(terms);
  if (isSame) return record;
  if (transfer !== null && transfer.acceptance !== null) throw wrong(record, "transferring", "the customer has accepted it on other terms");
  if (transfer !== null && (transfer.terms.store === null) !== (terms.store === null))
    throw wrong(
      record,
      "transferring",
      "a move does not become a transfer in place, nor the other way: touchstone fleet transfer cancel first",
    );
  if (transfer === null && record.applied !== appliedDigest(deployment, record.wanted))
    throw userError("FLEET_UNAPPLIED", record.name, state);
  const next: FleetRecord = {
    ...record,
    approval: approval ?? { purpose: "transfer", by: who, at: now().toISOString(), reason, backup: { kind: "new" } },
    transfer: { terms, document: null, acceptance: null, record: null, destroys: false, isCancelled: false },
  };
  return held.commit(next, {
    what: transfer === null ? "transfer approved" : "terms of the transfer",
    detail: `${reason}; by ${terms.party}`,
  });
};

export type Paper = { text: string; file: string };

/** Takes what the customer has signed. Throws DOCUMENT_*, TRANSFER_OF_ANOTHER, FLEET_STATE_WRONG. */
export const bringAcceptance = (
  fleet: Fleet,
  held: Held<FleetRecord>,
  { paper, trusted, pem, destroys }: { paper: Paper; trusted: readonly PublicKey[]; pem: string; destroys: boolean },
): FleetRecord => {
  const record = held.read();
  const transfer = underWay(record);
  const { deployment, folder } = fleet.read(record.name);
  if (transfer.isCancelled && isDone(record, "take-back", deployment)) throw wrong(record, "transferred", "the transfer was cancelled");
  const { document, digest } = openAcceptance(paper.text, paper.file, trusted);
  requireSame(paper.file, "transfer", document.transfer, transfer.document ?? "(none: touchstone fleet transfer export makes it)");
  if (transfer.acceptance === digest && transfer.destroys === destroys) return record;
  if (isDone(record, "prove", deployment))
    throw wrong(record, "proved once more", `what could be tried is gone with ${paperOf(folder, "record")}, which the customer signs now`);
  writePaper(folder, "customer", pem);
  writePaper(folder, "acceptance", paper.text);
  return held.commit(
    { ...record, transfer: { ...transfer, acceptance: digest, destroys, isCancelled: false } },
    { what: "acceptance", detail: `${digest}, signed by ${document.customer.name}, ${document.customer.keyId}` },
  );
};

/** Takes the record that both have signed: with it the deployment is its new owner's. */
export const bringRecord = (
  fleet: Fleet,
  held: Held<FleetRecord>,
  { paper, trusted }: { paper: Paper; trusted: readonly PublicKey[] },
): FleetRecord => {
  const record = held.read();
  const transfer = underWay(record);
  const { document, digest } = openRecord(paper.text, paper.file, trusted);
  requireSame(paper.file, "transfer", document.transfer, transfer.document ?? "(none)");
  requireSame(paper.file, "acceptance", document.acceptance, transfer.acceptance ?? "(none: touchstone fleet transfer revoke takes it)");
  if (transfer.record === digest) return record;
  writePaper(fleet.read(record.name).folder, "record", paper.text);
  return held.commit(
    { ...record, transfer: { ...transfer, record: digest } },
    { what: "record", detail: `${digest}, signed by ${document.operator.name} and ${document.customer.name}` },
  );
};

/** Gives a transfer up that the customer has not accepted. What was stopped for it is started again in the next step. */
export const cancelTransfer = (held: Held<FleetRecord>, reason: string): FleetRecord => {
  const record = held.read();
  const { name, state, approval, transfer } = record;
  if (state === "transferred") throw userError("FLEET_HANDED_OVER", name, state);
  if (transfer === null || approval?.purpose !== "transfer") throw wrong(record, "taken back", "it is not being handed over");
  if (transfer.acceptance !== null) throw wrong(record, "taken back", "the customer has accepted it: it is theirs");
  if (transfer.isCancelled) return record;
  const said = { what: "transfer cancelled", detail: reason };
  return state === "transferring"
    ? held.commit({ ...record, transfer: { ...transfer, isCancelled: true } }, said)
    : held.commit({ ...record, approval: null, transfer: null }, said);
};
