/** Whether the operator still gets in: each way is really tried, with what the operator had. What cannot be tried proves nothing, and is told so. */
import type { Client } from "@touchstone/core/client/client";
import { UserError } from "@touchstone/core/errors";
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import { protocol } from "@touchstone/core/routes/dataplanes";
import { system } from "@touchstone/core/routes/system";
import { users } from "@touchstone/core/routes/users";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Ended } from "../cluster/program.ts";
import type { OperatorCredentials } from "./operator-credentials.ts";

const REFUSED = "to be refused";
const TAKE_AWAY =
  "the customer runs transfer accept to its end, and takes away what is left: an access entry of the cloud, a binding by hand";

const FORBIDDEN = /\(Forbidden\)|is forbidden/;
const UNKNOWN = /\(Unauthorized\)|must be logged in|provide credentials/i;

/** What kubectl ended with, judged. Pure. */
export const judged = (subject: string, { status, stderr }: Ended): Finding => {
  if (status === 0) return problem(subject, "the cluster does as it is asked", REFUSED, TAKE_AWAY);
  if (UNKNOWN.test(stderr)) return ok(subject, "refused: the cluster does not know who asks (401)");
  if (FORBIDDEN.test(stderr)) return ok(subject, "refused: the cluster knows who asks, and does not allow it (403)");
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return unseen(subject, `it could not be tried: ${why.replace(/^(error|Unable to connect to the server): ?/i, "")}`);
};

const CONFIG_MAP = (namespace: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "touchstone-transfer-try", namespace },
});

/** Requests that would be of use to somebody who has no business there. None of them changes anything where it is let through. */
const TRIES: readonly { subject: string; args: readonly string[]; input?: (namespace: string) => object }[] = [
  { subject: "read secrets", args: ["get", "secrets", "-o", "name"] },
  { subject: "read pods", args: ["get", "pods", "-o", "name"] },
  { subject: "read workloads", args: ["get", "deployments.apps", "-o", "name"] },
  {
    subject: "change workloads",
    args: ["patch", "deployments.apps", "touchstone-transfer-try", "--type", "merge", "--patch", "{}", "--dry-run=server"],
  },
  { subject: "make objects", args: ["create", "--dry-run=server", "-f", "-"], input: CONFIG_MAP },
  { subject: "read bindings", args: ["get", "rolebindings.rbac.authorization.k8s.io", "-o", "name"] },
  { subject: "read the cluster's bindings", args: ["get", "clusterrolebindings.rbac.authorization.k8s.io", "-o", "name"] },
];

/** Of a patch, that there is no such object is an answer to somebody who may ask. */
const asAllowed = (ended: Ended): Ended => (/\(NotFound\)/.test(ended.stderr) ? { ...ended, status: 0 } : ended);

/** The cluster, with the operator's own login. */
export const clusterRefusals = async (kubectl: Kubectl): Promise<Finding[]> => {
  const findings: Finding[] = [];
  for (const { subject, args, input } of TRIES) {
    const ended = await kubectl.run(args, input === undefined ? {} : { input: JSON.stringify(input(kubectl.access.namespace)) });
    findings.push(judged(`cluster: ${subject}`, asAllowed(ended)));
  }
  return findings;
};

/** The code that an API answered with, or none when it did as it was asked. */
const refusalOf = async (ask: () => Promise<unknown>): Promise<UserError | null> => {
  try {
    await ask();
    return null;
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown;
    throw thrown;
  }
};

const apiRefusal = async (subject: string, ask: () => Promise<unknown>): Promise<Finding> => {
  const refusal = await refusalOf(ask);
  if (refusal === null) return problem(subject, "the platform lets it in", REFUSED, TAKE_AWAY);
  const { code, why } = refusal.info;
  return code === "LOGIN_NEEDED" ? ok(subject, `refused (401): ${why}`) : unseen(subject, `it could not be tried: ${why}`);
};

const HELLO = { version: "transfer", protocol: 1, capacity: 0 };

export type ClientWith = (token: string | null) => Client;

/** The platform, with tokens the operator had: its own, and those of the dataplanes, which it has seen. */
export const serviceRefusals = async (clientWith: ClientWith, { apiTokens, dataplaneTokens }: OperatorCredentials): Promise<Finding[]> => {
  const away = await refusalOf(() => clientWith(null).ask(system.status));
  // A proxy that refuses everybody is no proof of anything.
  if (away !== null) return [unseen("platform", `it does not answer anybody here: ${away.info.why}`)];
  const findings: Finding[] = [];
  for (const [name, token] of Object.entries(apiTokens))
    findings.push(await apiRefusal(`token ${name}`, () => clientWith(token).ask(users.me)));
  for (const [group, token] of Object.entries(dataplaneTokens))
    findings.push(await apiRefusal(`dataplane ${group}`, () => clientWith(token).ask(protocol.hello, { body: HELLO })));
  return findings;
};

export type StoreTried = { opens: boolean } | { why: string };

/** The metadata store, with the address and password the operator had. */
export const storeRefusal = (tried: StoreTried | null): Finding => {
  const subject = "metadata store";
  if (tried === null)
    return note(
      subject,
      "the operator has kept no address of it",
      "its password to be another",
      "the customer changes the password where the store is",
    );
  if ("why" in tried)
    return note(
      subject,
      `from here it could not be tried: ${tried.why}`,
      "its password to be another",
      "the customer changes the password where the store is",
    );
  return tried.opens
    ? problem(
        subject,
        "it opens with the operator's password",
        REFUSED,
        "the customer changes the password in the database and in the Secret, and restarts the API",
      )
    : ok(subject, "refused: the password is another");
};
