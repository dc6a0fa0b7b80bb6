/** A transfer is accepted by two: the operator has signed what it hands over, the customer signs what was taken over. */
import type { PrivateKey } from "../supply/key.ts";
import { signDocument, type Signed } from "../supply/signature.ts";
import type { Operator } from "./access.ts";
import type { Acceptance, TransferDocument } from "./document.ts";
import type { JournalEntry } from "./journal.ts";
import type { Opened } from "./papers.ts";
import { keyHolder } from "./pushed-ways.ts";

/** Who the operator is: those whom the document marks as its own, whoever has signed it, and who is of its domain since. */
export const operatorIn = ({ accesses, operator, operatorDomain }: TransferDocument): Operator => ({
  subjects: [...new Set([keyHolder(operator.keyId), ...accesses.filter(({ operators }) => operators).map(({ who }) => who)])],
  domain: operatorDomain,
});

/** What a person has to do is a part of what was agreed: it is written down as not done by the command. */
const byPeople = ({ credentials }: TransferDocument, at: string): JournalEntry[] =>
  credentials.filter(({ rotatedBy }) => rotatedBy === "person").map(({ name, how }) => ({ name: `by a person: ${name}`, at, note: how }));

/** Of the cloud, what the command was not asked to do. */
const inCloud = ({ infrastructure, shape }: TransferDocument, steps: readonly JournalEntry[], at: string): JournalEntry[] =>
  infrastructure === null || shape === "move" || steps.some(({ name }) => name === "cloud-principals")
    ? []
    : [{ name: "by a person: operator_principals", at, note: "apply the template with operator_principals = [] and owner = customer" }];

export const acceptance = (
  { document, digest }: Opened<TransferDocument>,
  { customer, steps, now, key }: { customer: string; steps: readonly JournalEntry[]; now: Date; key: PrivateKey },
): Signed => {
  const said: Acceptance = {
    version: 1,
    kind: "touchstone-transfer-acceptance",
    transfer: digest,
    shape: document.shape,
    deployment: String(document.deployment["name"]),
    acceptedAt: now.toISOString(),
    operator: document.operator,
    customer: { name: customer, keyId: key.id },
    steps: [...steps, ...inCloud(document, steps, now.toISOString()), ...byPeople(document, now.toISOString())],
  };
  return signDocument(said, key);
};
