/**
 * What a customer allows the updater: a deployment, and whose signature counts. It is one ConfigMap that the customer makes and no chart
 * does; while it is not there, nothing is upgraded.
 */
import { parseDocument } from "yaml";
import { userError } from "@touchstone/core/errors";
import { digestOf } from "../deployment/digest.ts";
import { publicKeysIn, type PublicKey } from "../supply/key.ts";
import { deploymentIn } from "../deployment/read.ts";
import type { Deployment } from "../deployment/deployment.ts";

/** As the chart labels everything of the updater (templates/updater.yaml). */
export const UPDATER_COMPONENT = "updater";
export const PERMIT_NAME = "touchstone-upgrades";
export const DEPLOYMENT_KEY = "deployment.yaml";
export const KEYS_KEY = "keys.pem";

type Values = Deployment["values"];
export type Permit = { deployment: Deployment; keys: PublicKey[] };

const textAt = (data: unknown, key: string): string => {
  const text: unknown = Reflect.get(Object(data), key);
  return typeof text === "string" ? text : "";
};

const FILE = `${DEPLOYMENT_KEY} of ConfigMap ${PERMIT_NAME}`;

/** Throws DEPLOYMENT_INVALID, KEY_INVALID. */
export const permitIn = (data: unknown, namespace: string): Permit => {
  const deployment = deploymentIn(textAt(data, DEPLOYMENT_KEY), FILE);
  if (deployment.cluster.namespace !== namespace)
    throw userError(
      "DEPLOYMENT_INVALID",
      FILE,
      "cluster.namespace",
      `the updater works in ${namespace}, not in ${deployment.cluster.namespace}`,
    );
  return { deployment, keys: publicKeysIn(textAt(data, KEYS_KEY), `${KEYS_KEY} of ConfigMap ${PERMIT_NAME}`) };
};

/** Where upgrades are announced, as far as it can be read. */
export const pointerIn = (data: unknown): string | null => {
  try {
    return deploymentIn(textAt(data, DEPLOYMENT_KEY), FILE).updater.pointer ?? null;
  } catch {
    return null;
  }
};

/** The text with these values in it: the updater has no file of outputs beside it. As it was where it has them already. */
const withValues = (text: string, own: Values, values: Values): string => {
  if (digestOf(own) === digestOf(values)) return text;
  const document = parseDocument(text);
  document.set("values", values);
  return String(document);
};

export type PermitGiven = {
  /** The file of the deployment. */
  text: string;
  /** What the installation has: those of the file, over what the infrastructure told. */
  values: Values;
  keysPem: string;
};

/** The object that allows it; `file` is what errors call the deployment. Throws UPDATER_NOT_ASKED_FOR and what `permitIn` throws. */
export const permitOf = ({ text, values, keysPem }: PermitGiven, file: string): { object: object; permit: Permit } => {
  const { upgrades, updater, cluster, values: own } = deploymentIn(text, file);
  if (upgrades === "none") throw userError("UPDATER_NOT_ASKED_FOR", file, "upgrades is none");
  if (updater.pointer === undefined)
    throw userError("UPDATER_NOT_ASKED_FOR", file, "updater.pointer does not say where the channel's pointer is");
  const data = { [DEPLOYMENT_KEY]: withValues(text, own, values), [KEYS_KEY]: keysPem };
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: PERMIT_NAME, namespace: cluster.namespace, labels: { "app.kubernetes.io/part-of": "touchstone" } },
    data,
  };
  return { object, permit: permitIn(data, cluster.namespace) };
};
