/**
 * A move, on the side that is filled: the store is restored and compared before anything writes to it, its secrets get keys that the
 * operator never had, and then the name people type leads here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { Operator } from "./access.ts";
import type { TransferDocument } from "./document.ts";
import { keyIdOf, keysAt, newDataplaneToken, ringOf, secretIn, stageOf, withKeys, type Secret } from "./exchange.ts";
import type { Step } from "./journal.ts";
import { fileDigest, type MovableStore } from "./move-out.ts";
import { addressesOf } from "./release-facts.ts";
import { differencesOf, differencesText } from "./sums.ts";
import { accountsStep } from "./take-over.ts";
import { deploymentsOf, isStopped } from "./workloads.ts";

export type MoveIn = {
  document: TransferDocument;
  /** Digest of the transfer. */
  transfer: string;
  deployment: Deployment;
  kubectl: Kubectl;
  helm: Helm;
  store: MovableStore;
  backupFile: string;
  /** Keys that the restored secrets are sealed with, as the operator has handed them over by a way of their own. */
  oldRing: string;
  operator: Operator;
  /** The platform, once it is installed here, asked as an administrator. */
  client: () => Promise<Client>;
  /** Addresses of a name; none where it has none. */
  resolve: (name: string) => Promise<string[]>;
  /** How long the name is waited for. */
  waitMs: number;
  signal: AbortSignal;
};

const PLACES = { sealing: "TOUCHSTONE_SECRET_KEYS", signing: "TOUCHSTONE_TOKEN_KEY" };
const LOOK_MS = 5_000;

const handedOver = ({ document, deployment }: MoveIn) => {
  if (document.store !== null) return document.store;
  throw userError(
    "TRANSFER_NOT_POSSIBLE",
    deployment.name,
    "it is no move: there is no store in it",
    "use touchstone deploy transfer accept",
  );
};

const fileStep = (move: MoveIn): Step => ({
  name: "file",
  title: "the file of the store is the one that was signed",
  run: async () => {
    const { digest } = handedOver(move).backup;
    const is = await fileDigest(move.backupFile);
    if (is !== digest) throw userError("TRANSFER_OF_ANOTHER", move.backupFile, "digest", is, digest);
    return digest;
  },
});

const differencesOfStore = async (move: MoveIn) => differencesOf(handedOver(move).sums, await move.store.sums());

const restoreStep = (move: MoveIn): Step => ({
  name: "restore",
  title: "the store is restored",
  run: async () => {
    if (!isStopped(await deploymentsOf(move.kubectl, move.deployment.name)))
      throw userError(
        "TRANSFER_NOT_POSSIBLE",
        move.deployment.name,
        "it runs here already, and would write to the store",
        "uninstall it; it is installed after the import",
      );
    // Killed after the last row and before it was written down: it is there, and whole.
    if ((await differencesOfStore(move)).length === 0) return "it was there";
    await move.store.restore(move.backupFile);
    return "all of it, in one transaction";
  },
});

const compareStep = (move: MoveIn): Step => ({
  name: "compare",
  title: "the store is compared with the one that was handed over, table by table",
  run: async () => {
    const differences = await differencesOfStore(move);
    if (differences.length > 0) throw userError("TRANSFER_DIFFERS", differencesText(differences));
    const { sums } = handedOver(move);
    return `${sums.length} tables, ${sums.reduce((sum, { rows }) => sum + rows, 0)} rows: the same`;
  },
});

const object = (move: MoveIn, name: string, rest: Pick<Secret, "metadata" | "data">) => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "Opaque",
  ...rest,
  metadata: { ...rest.metadata, name, namespace: move.kubectl.access.namespace },
});

/** The Secret of the keys of this transfer; made where there is none. */
const keysSecret = async (move: MoveIn): Promise<Secret> => {
  const name = move.deployment.secrets.keys;
  await move.kubectl.create(object(move, name, withKeys(move.oldRing, PLACES, move.transfer)));
  const secret = secretIn(await move.kubectl.get("secret", name));
  if (stageOf(secret, move.transfer) === null)
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      move.deployment.name,
      `there is a Secret ${name} already, with other keys`,
      "delete it: the import makes it",
    );
  return secret;
};

const keysStep = (move: MoveIn): Step => ({
  name: "keys",
  title: "every stored secret is wrapped with a key that is made here, and the operator's key goes",
  run: async () => {
    const secret = await keysSecret(move);
    const alone = keysAt("alone", secret, PLACES, move.transfer);
    if (alone !== null) {
      await move.store.rewrap(ringOf(secret, PLACES));
      if (!(await move.kubectl.replace(alone)))
        throw userError("TOOL_FAILED", "kubectl", "write the keys", "somebody else has changed them");
    }
    return `everything is sealed with ${keyIdOf(move.transfer)}`;
  },
});

const tokensStep = (move: MoveIn): Step => ({
  name: "dataplane-tokens",
  title: "the groups of dataplanes get tokens of their own here",
  run: async () => {
    const name = move.deployment.secrets.dataplanes;
    const data = Object.fromEntries(move.document.groups.map((group) => [group, Buffer.from(newDataplaneToken()).toString("base64")]));
    const isMade = await move.kubectl.create(object(move, name, { metadata: { name }, data }));
    return isMade ? `made for ${move.document.groups.join(", ") || "no group"}` : "they were there";
  },
});

const installedStep = ({ helm, deployment, kubectl }: MoveIn): Step => ({
  name: "installed",
  title: "it is installed here",
  run: async () => {
    const release = await helm.status(deployment.name);
    if (release?.info.status === "deployed" && !isStopped(await deploymentsOf(kubectl, deployment.name)))
      return `revision ${release.version}`;
    throw userError(
      "TRANSFER_WAITS",
      "it is not installed here yet",
      "the store and the Secrets are ready for it",
      "touchstone deploy install",
    );
  },
});

/** Whether a name leads to one of these addresses; a load balancer may itself be known by name. */
const leadsTo = async (fqdn: string, addresses: readonly string[], resolve: MoveIn["resolve"]): Promise<boolean> => {
  const here = (
    await Promise.all(addresses.map(async (address) => (/^[0-9a-f.:]+$/i.test(address) ? [address] : resolve(address))))
  ).flat();
  return (await resolve(fqdn)).some((address) => here.includes(address));
};

const dnsStep = ({ kubectl, deployment: { name, fqdn }, resolve, waitMs, signal }: MoveIn): Step => ({
  name: "dns",
  title: `${fqdn} leads here`,
  run: async () => {
    const until = Date.now() + waitMs;
    for (;;) {
      const found = await kubectl.list("ingresses.networking.k8s.io", { selector: `app.kubernetes.io/instance=${name}` });
      const addresses = found.flatMap(addressesOf);
      if (await leadsTo(fqdn, addresses, resolve)) return addresses.join(", ");
      if (Date.now() + LOOK_MS > until) {
        const is = (await resolve(fqdn)).join(", ") || "nowhere";
        const to = addresses.join(", ") || "no address yet: the Ingress has none";
        throw userError(
          "TRANSFER_WAITS",
          `${fqdn} does not lead here`,
          `it leads to ${is}; here is ${to}`,
          "change the record in the zone of that name, and wait its time to live",
        );
      }
      await sleep(LOOK_MS, undefined, { signal });
    }
  },
});

export const moveInSteps = (move: MoveIn): Step[] => [
  fileStep(move),
  restoreStep(move),
  compareStep(move),
  keysStep(move),
  tokensStep(move),
  installedStep(move),
  dnsStep(move),
  accountsStep(move),
];
