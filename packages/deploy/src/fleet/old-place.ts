/**
 * What a move leaves behind: the release in the old cluster, and what it ran on. It is still the operator's, and is taken away on a person's
 * word, while a backup outside of it is there: one that a person names, or the copy that was handed over, as it was signed.
 */
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { userError } from "@touchstone/core/errors";
import { TransferDocument } from "../transfer/document.ts";
import { fileDigest } from "../transfer/move-out.ts";
import { documentDigest, documentOf, signedIn } from "../supply/signature.ts";
import { backupFile, backupIds, describeBackup, openBackups, requireBackup } from "./backups.ts";
import { settle } from "./files.ts";
import { paperOf } from "./handing-over.ts";
import { evidenceOf, type FleetRecord, type Transfer } from "./record.ts";
import type { Backup } from "./states.ts";
import type { Held, Member, Who } from "./store.ts";

/** Throws FLEET_STATE_WRONG unless both have signed a move. */
const movedAway = (record: FleetRecord): Transfer => {
  const { name, state, transfer } = record;
  const wrong = (why: string) => userError("FLEET_STATE_WRONG", name, state, "gone", why);
  if (state !== "transferred" && state !== "deprovisioning")
    throw wrong("both sides have to sign its move first: touchstone fleet transfer close");
  if (transfer === null || !evidenceOf(record).isMoved)
    throw wrong(state === "transferred" ? "it is its new owner's, where it always was: nothing of it is left here" : "it was not moved");
  return transfer;
};

/** What of the store was signed. Throws FLEET_BACKUP_UNKNOWN where the paper is not the one that was. */
const signedStore = (id: string, { deployment, folder }: Member, { document }: Transfer) => {
  const file = paperOf(folder, "transfer");
  const unknown = (why: string) => userError("FLEET_BACKUP_UNKNOWN", deployment.name, id, why);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw unknown(`${file}, which says what was handed over, is gone`);
  }
  const signed = signedIn(text, file);
  const { store, madeAt } = documentOf(TransferDocument, signed.document, file);
  if (documentDigest(signed.document) !== document || store === null) throw unknown(`${file} is not the one that was signed`);
  return { ...store.backup, madeAt };
};

const sameAs = async (file: string, { digest, bytes }: { digest: string; bytes: number }): Promise<boolean> =>
  (await stat(file)).size === bytes && (await fileDigest(file)) === digest;

/** Whatever went wrong with a file that was written was of the disk, or of the folder; of the copy that was given in all other cases. */
const copied = async (given: string, to: string, unknown: (why: string) => Error): Promise<void> => {
  await pipeline(createReadStream(given), createWriteStream(to, { mode: 0o600 })).catch((thrown: unknown) => {
    const { code, syscall, path }: Partial<NodeJS.ErrnoException> = Object(thrown);
    if (code === "ENOSPC" || code === "EDQUOT") throw userError("DISK_FULL", dirname(to));
    if (path === to || syscall === "write") throw unknown(`${dirname(to)}, where backups are kept, cannot be written to (${code})`);
    throw unknown(`${given}, which was handed over, cannot be read here (${code})`);
  });
};

/** Keeps the copy that was handed over among the backups of the deployment, once. Throws FLEET_BACKUP_UNKNOWN, DISK_FULL. */
const keptCopy = async (member: Member, transfer: Transfer): Promise<string> => {
  const { folder, deployment } = member;
  const { name, fqdn, cluster } = deployment;
  const id = `${name}-moved`;
  if (backupIds(folder).includes(id)) return id;
  const signed = signedStore(id, member, transfer);
  const given = transfer.terms.store ?? "";
  const file = backupFile(folder, id);
  const unfinished = `${file}.unfinished`;
  openBackups(folder);
  try {
    const unknown = (why: string) => userError("FLEET_BACKUP_UNKNOWN", name, id, why);
    await copied(given, unfinished, unknown);
    if (!(await sameAs(unfinished, signed))) throw unknown(`${given} is not what was handed over`);
    settle(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  const { digest, bytes, madeAt } = signed;
  describeBackup(folder, { version: 1, id, deployment: name, fqdn, namespace: cluster.namespace, madeAt, digest, bytes });
  return id;
};

/** The backup that has to outlive the old place: the one that is named, or the copy that was handed over. Throws FLEET_BACKUP_UNKNOWN, FLEET_STATE_WRONG, DISK_FULL. */
export const backupOfMove = async (member: Member, named: string | undefined): Promise<Backup> => {
  const transfer = movedAway(member.record);
  const { folder, deployment } = member;
  const { id, madeAt } = await requireBackup(folder, deployment, named ?? (await keptCopy(member, transfer)));
  return { id, at: madeAt };
};

/** Writes down on whose word the old place goes, and which backup is there. Once more it changes nothing. */
export const approveDestruction = (
  held: Held<FleetRecord>,
  { reason, backup }: { reason: string; backup: Backup },
  { who, now }: Who,
): FleetRecord => {
  const record = held.read();
  movedAway(record);
  if (record.approval?.purpose === "remove" && record.backup?.id === backup.id) return record;
  const approval = {
    purpose: "remove" as const,
    by: who,
    at: now().toISOString(),
    reason,
    backup: { kind: "named" as const, id: backup.id },
  };
  return held.commit(
    { ...record, approval, backup },
    { what: "removal of the old place approved", detail: `${reason}; with backup ${backup.id}` },
  );
};
