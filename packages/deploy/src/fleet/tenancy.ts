/**
 * What each deployment of a fleet has of its own: a name people type, a place, and in a cloud a role, a state and a key. Two that share
 * one of these are refused, for whoever gets hold of it would have both. Pure.
 */
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";

type Kind = "state" | "role" | "key";

/** Settings of Terraform's backends that name the state, the role it is reached by, and the key it is encrypted by. */
const NAMES: Readonly<Record<string, Readonly<Record<Kind, readonly string[]>>>> = {
  s3: { state: ["bucket", "key"], role: ["role_arn"], key: ["kms_key_id"] },
  gcs: { state: ["bucket", "prefix"], role: ["impersonate_service_account"], key: ["kms_encryption_key"] },
  // Storage accounts are encrypted as a whole.
  azurerm: { state: ["storage_account_name", "container_name", "key"], role: ["client_id"], key: ["storage_account_name"] },
  oci: { state: ["namespace", "bucket", "key"], role: ["config_file_profile"], key: ["kms_key_id"] },
  local: { state: ["path"], role: [], key: [] },
};
const NONE: Readonly<Record<Kind, readonly string[]>> = { state: [], role: [], key: [] };

/** Oracle Cloud's state lies in Object Storage by its S3 form, which knows neither roles nor keys of its own. */
const namesOf = ({ cloud }: Deployment): Readonly<Record<Kind, readonly string[]>> => {
  const type = cloud?.backend?.type ?? "";
  const names = NAMES[type] ?? NONE;
  return cloud?.provider === "oci" && type === "s3" ? { ...names, role: [], key: [] } : names;
};

/** Throws DEPLOYMENT_INVALID where it does not name what it has to have of its own. */
export const checkOwn = (deployment: Deployment): void => {
  const { cloud, model } = deployment;
  if (cloud === undefined || model !== "platform") return;
  const missing = Object.values(namesOf(deployment))
    .flat()
    .find((name) => cloud.backend?.type !== "local" && !cloud.backend?.config[name]);
  if (missing !== undefined)
    throw userError(
      "DEPLOYMENT_INVALID",
      "deployment.yaml",
      `cloud.backend.config.${missing}`,
      "a deployment of a fleet has a role, a state and a key of its own, and says which",
    );
};

export type Place = { deployment: Deployment; kubeconfig: string | null };
type Own = { what: string; id: string };

const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

/** Everything it has of its own, as what must not be found twice. */
export const ownOf = ({ deployment, kubeconfig }: Place): Own[] => {
  const { cloud, cluster, fqdn } = deployment;
  const config = cloud?.backend?.config ?? {};
  const named = (kind: Kind, what: string): Own[] => {
    const values = namesOf(deployment)[kind].map((name) => config[name]);
    return values.length === 0 || values.includes(undefined)
      ? []
      : [{ what: `${what} ${values.join("/")}`, id: `${kind} ${cloud?.backend?.type} ${values.join("/")}` }];
  };
  const principals = textsIn(cloud?.inputs["operator_principals"]).map((name) => ({ what: `the role ${name}`, id: `role ${name}` }));
  const compartment = cloud?.inputs["compartment_id"];
  const place = `${kubeconfig ?? "the usual kubeconfig"}, context ${cluster.context ?? "(the current one)"}, namespace ${cluster.namespace}`;
  return [
    { what: `the name ${fqdn}`, id: `fqdn ${fqdn}` },
    ...(cloud === undefined ? [{ what: `the place ${place}`, id: `place ${place}` }] : []),
    ...named("state", "the state"),
    ...named("role", "the role"),
    ...principals,
    ...named("key", "the key"),
    ...(typeof compartment === "string" ? [{ what: `the compartment ${compartment}`, id: `compartment ${compartment}` }] : []),
  ];
};

/** Refuses a deployment that would share something with one of the others. Throws FLEET_SHARED. */
export const checkAlone = (one: Place, others: readonly Place[]): void => {
  const own = ownOf(one);
  for (const other of others) {
    const theirs = new Set(ownOf(other).map(({ id }) => id));
    const shared = own.find(({ id }) => theirs.has(id));
    if (shared !== undefined) throw userError("FLEET_SHARED", one.deployment.name, shared.what, other.deployment.name);
  }
};
