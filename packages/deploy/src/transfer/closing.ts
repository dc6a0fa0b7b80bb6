/** The end of a transfer: from what both have signed and what was tried, the record. Pure. */
import { userError } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import { note, ok, problem } from "@touchstone/core/model/finding";
import type { Acceptance, TransferDocument, TransferRecord } from "./document.ts";

type Closing = {
  transfer: { document: TransferDocument; digest: string };
  acceptance: { document: Acceptance; digest: string };
  findings: readonly Finding[];
  now: Date;
};

/** What nothing of ours can try. It stands in every record, so that nobody reads more into it than there is. */
const notProvedOf = ({ credentials, infrastructure, shape }: TransferDocument): string[] => [
  ...(infrastructure === null
    ? ["that the operator's people cannot sign in where the cluster itself is run (console, hypervisor, machines)"]
    : [`that the operator's people cannot sign in to the account at ${infrastructure.provider}: its root user, its console, its billing`]),
  "that the operator has kept no copy of what it could read before: backups, values, secrets that were not exchanged since",
  ...credentials.filter(({ rotatedBy }) => rotatedBy === "person").map(({ name }) => `that a person has exchanged: ${name}`),
  ...(shape === "move" ? ["that copies of the store on the operator's side (its database, its backups) are destroyed"] : []),
];

/** The record, to be signed by both. Throws TRANSFER_ACCESS_LEFT while a try has succeeded, or could not be made. */
export const recordOf = ({ transfer, acceptance, findings, now }: Closing): TransferRecord => {
  const left = findings.filter(({ state }) => state === "problem" || state === "unseen").length;
  if (left > 0 || findings.length === 0) throw userError("TRANSFER_ACCESS_LEFT", Math.max(left, 1));
  const { operator, customer, acceptedAt, steps, shape, deployment } = acceptance.document;
  return {
    version: 1,
    kind: "touchstone-transfer-record",
    transfer: transfer.digest,
    acceptance: acceptance.digest,
    shape,
    deployment,
    exportedAt: transfer.document.madeAt,
    acceptedAt,
    closedAt: now.toISOString(),
    operator,
    customer,
    audit: transfer.document.audit,
    store: transfer.document.store?.sums ?? null,
    steps,
    proof: [...findings],
    notProved: notProvedOf(transfer.document),
  };
};

/** What the customer sees from inside before signing: no way in of the operator's is left that the cluster or the platform knows. */
export const waysLeft = (where: string, ways: readonly { kind: string; name: string; who: string; operators: boolean }[]): Finding[] => {
  const theirs = ways.filter(({ operators }) => operators);
  return theirs.length === 0
    ? [ok(where, "nobody of the operator's is left")]
    : theirs.map(({ kind, name, who }) =>
        problem(
          where,
          `${kind} ${name} lets in ${who}`,
          "to be taken away",
          kind === "pushed upgrades"
            ? "run touchstone deploy updater pause, and allow it with other keys where you want it"
            : "run touchstone deploy transfer accept again, or take it away by hand",
        ),
      );
};

export const auditFinding = (holds: boolean | null): Finding => {
  if (holds === null)
    return note("audit log", "its end was not told when the transfer was made", "a digest to compare", "nothing: it cannot be made up for");
  return holds
    ? ok("audit log", "it still holds all that was in it when the transfer was made")
    : problem(
        "audit log",
        "what was in it when the transfer was made is not in it as it was",
        "an unbroken chain",
        "ask the operator; a backup of before shows what was changed",
      );
};

/** A record as `verify` tells it to who has nothing but the file and the keys. */
export const recordFindings = ({
  shape,
  deployment,
  operator,
  customer,
  proof,
  notProved,
  exportedAt,
  acceptedAt,
  closedAt,
}: TransferRecord): Finding[] => [
  ok("record", `${deployment} went from ${operator.name} to ${customer.name}, ${shape}`),
  ok("signatures", `both have signed: ${operator.keyId} and ${customer.keyId}`),
  Date.parse(exportedAt) <= Date.parse(acceptedAt) && Date.parse(acceptedAt) <= Date.parse(closedAt)
    ? ok("order", `exported ${exportedAt}, accepted ${acceptedAt}, closed ${closedAt}`)
    : problem(
        "order",
        `exported ${exportedAt}, accepted ${acceptedAt}, closed ${closedAt}`,
        "this order",
        "ask both sides: a clock was wrong, or a document",
      ),
  ...proof,
  ...notProved.map((text) => note("not proved", text, "trust, or a proof of your own", "ask for it in writing")),
];
