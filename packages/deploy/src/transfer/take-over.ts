/**
 * Taking over in place, step by step: the operator's people out of the platform and out of the cluster, then every secret that the
 * platform has made for itself exchanged. What a person has to do is told, and stands in the acceptance as not done by a command.
 */
import type { Client } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { isOfDomain, type Operator } from "./access.ts";
import { dropBindings } from "./bindings.ts";
import { keyIdOf, keysAt, KEY_STAGES, secretIn, tokensAnew, type KeyPlaces, type KeyStage, type Secret } from "./exchange.ts";
import type { Step } from "./journal.ts";
import { endPushedUpgrades } from "./pushed-upgrades.ts";
import { rewrap } from "./rewrap.ts";
import { endAccesses, whoAsks } from "./service.ts";
import { deploymentsOf, restart, type Component } from "./workloads.ts";

export type TakeOver = {
  deployment: Deployment;
  kubectl: Kubectl;
  /** The platform, asked as an administrator of the customer's. */
  client: () => Promise<Client>;
  operator: Operator;
  /** Digest of the transfer. */
  transfer: string;
  signal: AbortSignal;
  /** How long pods are waited for; twenty minutes where nothing is said. */
  patienceMs?: number;
};

/** The Deployment of the API. Throws TRANSFER_NOT_POSSIBLE. */
const apiOf = async ({ kubectl, deployment }: Pick<TakeOver, "kubectl" | "deployment">): Promise<Manifest> => {
  const [api] = await deploymentsOf(kubectl, deployment.name, "control-plane");
  if (api !== undefined) return api;
  throw userError(
    "TRANSFER_NOT_POSSIBLE",
    deployment.name,
    `no control plane of it is in the namespace ${kubectl.access.namespace}`,
    "check cluster.context and cluster.namespace of deployment.yaml",
  );
};

/** The Secret and the key of it that an environment variable of the API comes from. */
const sourceOf = (api: Manifest, variable: string): { name: string; key: string } | null => {
  const env = podTemplateOf(api)?.spec.containers[0]?.env ?? [];
  const reference = at(env.find(({ name }) => name === variable)?.valueFrom, "secretKeyRef");
  const [name, key] = [at(reference, "name"), at(reference, "key")];
  return typeof name === "string" && typeof key === "string" ? { name, key } : null;
};

/** Where the keys are. Throws TRANSFER_NOT_POSSIBLE where the API makes them for itself, as in a demo. */
export const keysOf = async (
  site: Pick<TakeOver, "kubectl" | "deployment">,
): Promise<{ secret: string; places: KeyPlaces; api: Manifest }> => {
  const api = await apiOf(site);
  const [sealing, signing] = [sourceOf(api, "TOUCHSTONE_SECRET_KEYS"), sourceOf(api, "TOUCHSTONE_TOKEN_KEY")];
  if (sealing === null || signing === null || sealing.name !== signing.name)
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      site.deployment.name,
      "its keys are in no Secret of their own (a demo keeps them on its volume)",
      "give it a Secret with both keys (keys.existingSecret of the chart) first; a demo is not handed over",
    );
  return { secret: sealing.name, places: { sealing: sealing.key, signing: signing.key }, api };
};

const readSecret = async (kubectl: Kubectl, name: string): Promise<Secret> => {
  const found = await kubectl.get("secret", name);
  if (found === null) throw userError("TRANSFER_NOT_POSSIBLE", name, "there is no Secret of that name", "check secrets in deployment.yaml");
  return secretIn(found);
};

const writeSecret = async (kubectl: Kubectl, secret: Secret): Promise<void> => {
  if (!(await kubectl.replace(secret)))
    throw userError("TOOL_FAILED", "kubectl", `write Secret ${secret.metadata.name}`, "somebody else has changed it at the same moment");
};

const restartOf = (site: TakeOver, component: Component, mark: string) =>
  restart(component, `${keyIdOf(site.transfer)} ${mark}`, {
    kubectl: site.kubectl,
    release: site.deployment.name,
    signal: site.signal,
    ...(site.patienceMs === undefined ? {} : { patienceMs: site.patienceMs }),
  });

const KEY_NOTES: Readonly<Record<KeyStage, string>> = {
  behind: "every process can read what the new key seals",
  before: "every process seals with the new key",
  alone: "the old keys and the key that signed tokens are gone; every token of the API that there was is worth nothing",
};

const keyStep = (site: TakeOver, stage: KeyStage, title: string): Step => ({
  name: `keys-${stage}`,
  title,
  run: async () => {
    const { secret: name, places } = await keysOf(site);
    const next = keysAt(stage, await readSecret(site.kubectl, name), places, site.transfer);
    if (next !== null) await writeSecret(site.kubectl, next);
    await restartOf(site, "control-plane", stage);
    return KEY_NOTES[stage];
  },
});

/** Nobody locks himself out: who takes over is an administrator, and none of those who go. Throws TRANSFER_NOT_POSSIBLE. */
const requireOther = async (client: Client, operator: Operator): Promise<void> => {
  const { email, role } = await whoAsks(client);
  const isTheirs = isOfDomain(email, operator) || operator.subjects.includes(email);
  if (role !== "Admin" || isTheirs)
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      client.server,
      isTheirs ? `${email} is of the operator, whose accounts end` : `${email} is no administrator of the platform`,
      "ask with the token of an administrator of the customer's (TOUCHSTONE_TOKEN)",
    );
};

/** `client` opens the platform, which a move has only in the end. */
export const accountsStep = ({ client, operator }: Pick<TakeOver, "client" | "operator">): Step => ({
  name: "accounts",
  title: "the operator's accounts, tokens and identity providers are ended in the platform",
  run: async () => {
    const platform = await client();
    await requireOther(platform, operator);
    const ended = await endAccesses(platform, operator, new Date());
    return ended === 0 ? "there were none" : `${ended} ended`;
  },
});

const bindingsStep = ({ kubectl, operator }: TakeOver): Step => ({
  name: "bindings",
  title: "the operator's roles in the cluster are taken away",
  run: async () => (await dropBindings(kubectl, operator)).join(", ") || "there were none",
});

const pushedUpgradesStep = ({ kubectl, deployment }: TakeOver): Step => ({
  name: "pushed-upgrades",
  title: "pushed upgrades end, until they are allowed anew",
  run: async () => {
    const ended = await endPushedUpgrades(kubectl, deployment);
    return ended.length === 0 ? "there were none" : `removed: ${ended.join(", ")}`;
  },
});

const rewrapStep = (site: TakeOver): Step => ({
  name: "keys-rewrap",
  title: "every stored secret is wrapped with the new key",
  run: async () => {
    const { api } = await keysOf(site);
    await rewrap(site.kubectl, api, `touchstone-transfer-${keyIdOf(site.transfer)}`, site.signal);
    return "no stored secret needs an older key";
  },
});

const tokensStep = (site: TakeOver): Step => ({
  name: "dataplane-tokens",
  title: "every group of dataplanes gets a new token",
  run: async () => {
    const secret = await readSecret(site.kubectl, site.deployment.secrets.dataplanes);
    const next = tokensAnew(secret, site.transfer);
    if (next !== null) await writeSecret(site.kubectl, next);
    // The API first: it learns the new tokens when it starts, and the pods before go on asking until theirs come.
    await restartOf(site, "control-plane", "tokens");
    await restartOf(site, "dataplane", "tokens");
    return `groups: ${Object.keys(secret.data).join(", ") || "none"}`;
  },
});

/** In this order: who takes over keeps a way in until the last step that needs it, and the tokens of the API end when nothing asks it any more. */
export const takeOverSteps = (site: TakeOver): Step[] => [
  accountsStep(site),
  bindingsStep(site),
  pushedUpgradesStep(site),
  keyStep(site, KEY_STAGES[0], "a new key is put behind the old one, and the API is replaced"),
  keyStep(site, KEY_STAGES[1], "the new key is put before the old one, and the API is replaced"),
  rewrapStep(site),
  tokensStep(site),
  keyStep(site, KEY_STAGES[2], "the old key and the key of tokens are taken away, and the API is replaced"),
];
