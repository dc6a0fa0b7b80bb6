import { userError } from "@touchstone/core/errors";
import { SERVER_OPTIONS } from "../../service/session.ts";
import type { Command } from "../command.ts";
import { DEPLOYMENT_OPTIONS } from "./open-deployment.ts";
import { STATE_FOLDER_OPTION } from "./state-folder.ts";
import type { Action } from "./transfer/given.ts";

/** Each loaded when it is called. */
const ACTIONS: Readonly<Record<string, () => Promise<Action>>> = {
  export: async () => (await import("./transfer/export.ts")).exportTransfer,
  unpack: async () => (await import("./transfer/unpack.ts")).unpack,
  accept: async () => (await import("./transfer/accept.ts")).accept,
  import: async () => (await import("./transfer/import.ts")).importTransfer,
  revoke: async () => (await import("./transfer/revoke.ts")).revoke,
  close: async () => (await import("./transfer/close.ts")).close,
  verify: async () => (await import("./transfer/verify.ts")).verify,
  status: async () => (await import("./transfer/status.ts")).status,
  cancel: async () => (await import("./transfer/cancel.ts")).cancel,
};

export const transfer: Command = {
  usage: "transfer <action> [file]",
  summary: "hand a deployment over to another owner: export, unpack, accept, import, revoke, close, verify, status, cancel",
  docs:
    "The operator: `export` writes and signs what is handed over (with --store it stops the platform and copies its store, for a move to another cluster); `revoke TRANSFER` tries every way in once more with what the operator had, and signs the record when all are shut; " +
    "`cancel [TRANSFER]` takes it back, while nobody has begun to take it over, and starts again what was stopped for a move. The customer: `unpack TRANSFER` shows it and writes the files to go on with; `accept TRANSFER` takes over in place; `import TRANSFER` fills another cluster; `close RECORD` looks from inside and signs the record as well. " +
    "Anybody: `verify FILE`. What was begun goes on where it stopped when the same command is called again. docs/deploy-transfer.md has the order for both sides, and what no command can prove.",
  options: [
    ...DEPLOYMENT_OPTIONS,
    { flags: "--key <file>", docs: "the private key you sign with (touchstone deploy keys new)" },
    { flags: "--trust <file>", docs: "public key of the other side (repeatable)", repeatable: true },
    { flags: "--party <name>", docs: "who you are, as it stands in the record" },
    {
      flags: "--operator <who>",
      docs: 'export: who the operator is, such as "Group operator:admins" (repeatable)',
      repeatable: true,
    },
    { flags: "--operator-domain <domain>", docs: "export: domain of the operator's people's e-mail addresses" },
    { flags: "--keep <file>", docs: "secret, stays with the operator: export writes what it can get in with today, revoke tries that" },
    {
      flags: "--state <file>",
      docs: "what `terraform state pull` printed; export: imports.tf and removed.tf are made from it; accept: it is put into the backend of deployment.yaml",
    },
    { flags: "--infra", docs: "accept: take the operator's principals out of the cloud by Terraform" },
    STATE_FOLDER_OPTION,
    {
      flags: "--store <file>",
      docs: "export: copies the store of DATABASE_URL into this file, which makes the transfer a move; import: fills the store of DATABASE_URL from it",
    },
    { flags: "--keys-file <file>", docs: "export writes, import reads: the keys that the secrets of the moved store are sealed with" },
    { flags: "--wait <minutes>", docs: "import: how long to wait until the name leads to the new cluster", default: "0" },
    { flags: "--acceptance <file>", docs: "revoke: what the customer has signed; without it the ways in are tried, and nothing is signed" },
    { flags: "--transfer <file>", docs: "close: the transfer that the record is of" },
    {
      flags: "--destroy",
      docs: "revoke of a move: delete the old release, its Secrets and its backups, but those in a bucket; without it they stay, stopped",
    },
    { flags: "-o, --output <file>", docs: "what is written: transfer.json, acceptance.json, record.json, or the folder of unpack" },
    { flags: "--dry-run", docs: "accept, import: say what would be done, and do nothing" },
    { flags: "--yes", docs: "accept, revoke --destroy: needed" },
    { flags: "--force", docs: "unpack: replace files that are there and say something else" },
    { flags: "--json", docs: "the answer as JSON; progress goes to stderr" },
    ...SERVER_OPTIONS,
  ],
  examples: [
    "touchstone deploy transfer export --key operator.pem --party Operator --operator-domain operator.example --keep kept.json",
    "touchstone deploy transfer accept transfer.json --key customer.pem --party Customer --trust operator.pub.pem --yes",
    "touchstone deploy transfer revoke transfer.json --acceptance acceptance.json --keep kept.json --key operator.pem --trust customer.pub.pem",
    "touchstone deploy transfer verify record.json --trust operator.pub.pem --trust customer.pub.pem",
  ],
  run: async ([name = "", file = ""], values, terminal) => {
    const load = ACTIONS[name];
    if (load === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    return (await load())(file, values, terminal);
  },
};
