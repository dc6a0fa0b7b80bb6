import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { OpenDriver, OpenHands } from "@touchstone/deploy/fleet/driver";
import { approveTransfer, bringAcceptance, bringRecord, cancelTransfer, paperOf } from "@touchstone/deploy/fleet/handing-over";
import { approveDestruction, backupOfMove } from "@touchstone/deploy/fleet/old-place";
import { reconcile, type Outcome } from "@touchstone/deploy/fleet/reconcile";
import type { FleetRecord, Terms } from "@touchstone/deploy/fleet/record";
import type { Held } from "@touchstone/deploy/fleet/store";
import { readPrivateKey, readPublicKeys } from "@touchstone/deploy/supply/key-files";
import type { PublicKey } from "@touchstone/deploy/supply/key";
import { SERVER_OPTIONS } from "../../service/session.ts";
import { needed, operatorOf, readText } from "../deploy/transfer/given.ts";
import { flag, list, text, type Command, type Terminal, type Values } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet, type Opened } from "./open-fleet.ts";
import { outcomeText } from "./texts.ts";

export type HandsOf = (terminal: Terminal, given: Values) => OpenHands;

/** What is written into the record before its next steps are done, under the same lease. */
type Entry = (held: Held<FleetRecord>) => unknown;
type Asked = { opened: Opened; name: string; file: string; values: Values };
type Action = (asked: Asked) => Promise<Entry>;

const pathOf = (values: Values, name: string): string | null => {
  const given = text(values, name);
  return given === undefined ? null : resolve(given);
};

const termsIn = async (values: Values): Promise<Terms> => {
  const key = resolve(needed(values, "key", "--key", "the file of the key you sign with; touchstone deploy keys new makes one"));
  await readPrivateKey(key);
  const { subjects, domain } = operatorOf(values);
  const store = pathOf(values, "store");
  if (store !== null) needed(values, "keysFile", "--keys-file", "where the keys of stored secrets are written, for the customer alone");
  return {
    party: needed(values, "party", "--party", "the operator's name, as it shall stand in the record"),
    key,
    operators: subjects,
    domain,
    state: pathOf(values, "state"),
    store,
    keysFile: pathOf(values, "keysFile"),
  };
};

const exportIt: Action = async ({ opened: { fleet, who }, name, values }) => {
  if (!flag(values, "yes") || text(values, "confirm") !== name) {
    if (fleet.read(name).record.transfer === null) throw userError("CONFIRMATION_MISSING", `Handing ${name} over`, name);
  }
  const reason = needed(values, "reason", "--reason", "the log says on whose word and why");
  const terms = await termsIn(values);
  return (held) => approveTransfer(fleet, held, { reason, terms }, who);
};

/** Keys of the other side, and the operator's own, whose signature is on its own documents. */
const trustedBy = async ({ opened: { fleet }, name }: Asked, files: readonly string[]): Promise<PublicKey[]> => {
  const own = fleet.read(name).record.transfer?.terms.key;
  return [...(await readPublicKeys(files)), ...(own === undefined ? [] : [await readPrivateKey(own)])];
};

const revokeIt: Action = async (asked) => {
  const { opened, values } = asked;
  const file = needed(values, "acceptance", "--acceptance", "what the customer has signed");
  const trust = list(values, "trust");
  if (trust.length === 0)
    throw userError("OPTION_INVALID", "--trust", "this action needs it: the public key of the customer, compared by another way");
  if (flag(values, "destroy") && !flag(values, "yes"))
    throw userError("OPTION_INVALID", "--destroy", "it needs --yes: nothing brings the old place back");
  const given = {
    paper: { text: await readText(file), file },
    trusted: await trustedBy(asked, trust),
    pem: (await Promise.all(trust.map((one) => readFile(one, "utf8")))).join("\n"),
    destroys: flag(values, "destroy"),
  };
  return (held) => bringAcceptance(opened.fleet, held, given);
};

const closeIt: Action = async (asked) => {
  const { opened, name, file } = asked;
  const { folder, record } = opened.fleet.read(name);
  // Without an acceptance there is no key of the customer's: what is wrong is said by the record.
  const customers = record.transfer?.acceptance == null ? [] : [paperOf(folder, "customer")];
  const given = { paper: { text: await readText(file), file }, trusted: await trustedBy(asked, customers) };
  return (held) => bringRecord(opened.fleet, held, given);
};

const cancelIt: Action = async ({ values }) => {
  if (!flag(values, "yes")) throw userError("OPTION_INVALID", "--yes", "say it to take the transfer back");
  const reason = text(values, "reason") ?? "no reason was given";
  return (held) => cancelTransfer(held, reason);
};

const destroyIt: Action = async ({ opened: { fleet, who }, name, values }) => {
  if (!flag(values, "yes") || text(values, "confirm") !== name)
    throw userError("CONFIRMATION_MISSING", `Destroying the old place of ${name}`, name);
  const reason = needed(values, "reason", "--reason", "the log says on whose word and why");
  const backup = await backupOfMove(fleet.read(name), text(values, "backupId"));
  return (held) => approveDestruction(held, { reason, backup }, who);
};

const ACTIONS: Readonly<Record<string, Action>> = {
  export: exportIt,
  revoke: revokeIt,
  close: closeIt,
  cancel: cancelIt,
  destroy: destroyIt,
};

const said = ({ why, ...outcome }: Outcome): string =>
  outcomeText({ ...outcome, why }) + (outcome.isSettled && outcome.state === "transferring" ? `${why}\n` : "");

export const transfer =
  (handsOf: HandsOf) =>
  (openDriver: OpenDriver): Command => ({
    usage: "transfer <action> <name> [file]",
    summary: "hand a deployment over to another owner: export, revoke, close, cancel, destroy",
    docs:
      "The operator's side of touchstone deploy transfer, for a deployment of the fleet; the customer's side is the same as ever (docs/deploy-transfer.md). `export NAME` writes down on whose word, makes a backup in the cluster, and writes and signs transfer.json, all in the folder of the deployment (for a move, with --store, the platform stops); " +
      "`revoke NAME --acceptance FILE` tries every way in once more and signs record.json; `close NAME RECORD` takes the record that the customer has signed too: from then on the deployment is the customer's, and no verb of the fleet touches it but `destroy`. `cancel NAME` gives it up, while nobody has accepted it. " +
      "`destroy NAME`, after a move that both have signed, takes the old place away: the release with its Secrets and volumes, then the infrastructure where it was made here. Never without a backup outside of it: the copy that was handed over, which is looked at against what was signed, or one that --backup-id names. Protection from deletion is not overruled. " +
      "In between rollouts and apply leave it alone. What was begun goes on where it stopped when the same command is called again. TOUCHSTONE_SERVER and TOUCHSTONE_TOKEN say which platform is meant and as whom. Exit status 1 where it could not be gone on with.",
    options: [
      ...FLEET_OPTIONS,
      { flags: "--reason <text>", docs: "export, destroy: needed; cancel: why, for the log" },
      { flags: "--yes", docs: "export, cancel, destroy, revoke --destroy: needed" },
      { flags: "--confirm <name>", docs: "export, destroy: needed, the name of the deployment" },
      { flags: "--key <file>", docs: "export: the private key you sign with (touchstone deploy keys new); used for the record too" },
      { flags: "--party <name>", docs: "export: who you are, as it stands in the record" },
      { flags: "--operator <who>", docs: 'export: who the operator is, such as "Group operator:admins" (repeatable)', repeatable: true },
      { flags: "--operator-domain <domain>", docs: "export: domain of the operator's people's e-mail addresses" },
      { flags: "--state <file>", docs: "export in place: what `terraform state pull` printed" },
      { flags: "--store <file>", docs: "export: copies the store of DATABASE_URL into this file, which makes the transfer a move" },
      { flags: "--keys-file <file>", docs: "export of a move: where the keys of the moved store's secrets are written" },
      { flags: "--anytime", docs: "export: begin outside its window too" },
      { flags: "--acceptance <file>", docs: "revoke: what the customer has signed" },
      { flags: "--trust <file>", docs: "revoke: public key of the customer (repeatable)", repeatable: true },
      { flags: "--destroy", docs: "revoke of a move: delete the old release, its Secrets and its backups, but those in a bucket" },
      {
        flags: "--backup-id <id>",
        docs: "destroy: a backup that touchstone fleet backup has taken out, instead of the copy that was handed over",
      },
      ...SERVER_OPTIONS,
    ],
    examples: [
      "touchstone fleet transfer export acme --yes --confirm acme --reason 'they take it over' --key operator.pem --party Operator --operator 'Group operator:admins'",
      "touchstone fleet transfer revoke acme --acceptance acceptance.json --trust customer.pub.pem",
      "touchstone fleet transfer close acme record.json",
      "touchstone fleet transfer cancel acme --yes --reason 'they stay'",
      "touchstone fleet transfer destroy acme --yes --confirm acme --reason 'it runs at their place now'",
    ],
    run: async ([action = "", name = "", file = ""], values, terminal) => {
      const prepare = ACTIONS[action];
      if (prepare === undefined) throw userError("OPTION_INVALID", action, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
      const opened = openTheFleet(values, terminal, openDriver);
      opened.fleet.read(name);
      const entry = await prepare({ opened, name, file, values });
      // The answer alone is on stdout when it is JSON.
      const to = flag(values, "json") ? { ...terminal, stdout: terminal.stderr } : terminal;
      const options = { ...opened.options, anytime: flag(values, "anytime"), openHands: handsOf(to, values) };
      const outcome = await reconcile(opened.fleet, name, options, (held) => void entry(held));
      answer(values, terminal, outcome, said(outcome));
      return outcome.isSettled ? 0 : 1;
    },
  });
