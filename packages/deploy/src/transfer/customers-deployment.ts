/** The deployment as the customer goes on with it: theirs, without the operator in it, without the place of the operator's state, and after a move without its bucket. Pure. */
import { userError } from "@touchstone/core/errors";
import { Deployment } from "../deployment/deployment.ts";
import type { JsonObject } from "../supply/canonical.ts";
import { documentOf } from "../supply/signature.ts";
import type { TransferDocument } from "./document.ts";

type Tree = { [key: string]: unknown };
const treeOf = (value: unknown): Tree => (typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {});

type Shape = TransferDocument["shape"];

const bucketIn = (values: unknown): Tree | null => {
  const { bucket } = treeOf(treeOf(values)["backup"]);
  return bucket === undefined ? null : treeOf(bucket);
};
const urlIn = (values: unknown): string => {
  const url = bucketIn(values)?.["url"];
  return typeof url === "string" ? url : "";
};

/** The bucket alone, of Azure with its account: another folder in it is still the operator's. */
const bucketOf = (url: string): string => /^az:\/\/[^/]+\/[^/]+|^[a-z0-9]+:\/\/[^/]+/.exec(url)?.[0] ?? url;

/** Values of the chart without the bucket of the operator, its address, its keys and its identity; in place it stays where it is. */
export const customersValues = (values: unknown, shape: Shape): Tree => {
  const { backup, ...rest } = treeOf(values);
  const { bucket, ...inBackup } = treeOf(backup);
  if (shape !== "move" || bucket === undefined) return treeOf(values);
  return Object.keys(inBackup).length === 0 ? rest : { ...rest, backup: inBackup };
};

/** What was taken out, for the customer to say anew. */
export const leftOut = (handedOver: JsonObject, shape: Shape): string[] =>
  shape === "move" && bucketIn(handedOver["values"]) !== null
    ? [
        `values.backup.bucket${urlIn(handedOver["values"]) === "" ? "" : ` (${urlIn(handedOver["values"])})`}: it is the operator's; say a bucket of your own there, or backups stay on a volume`,
      ]
    : [];

/** What is written for the customer to look through; a backend of their own, a bucket and their administrators are theirs to fill in. */
export const customersDeployment = (handedOver: JsonObject, owner: string, shape: Shape): Tree => {
  const { cloud, cluster, values, ...rest }: Tree = treeOf(handedOver);
  const { context: _context, ...inCluster } = treeOf(cluster);
  const { backend: _backend, ...inCloud } = treeOf(cloud);
  return {
    ...rest,
    owner,
    model: "customer",
    upgrades: "none",
    cluster: inCluster,
    ...(values === undefined ? {} : { values: customersValues(values, shape) }),
    ...(cloud === undefined
      ? {}
      : { cloud: { ...inCloud, inputs: { ...treeOf(inCloud["inputs"]), owner: "customer", operator_principals: [] } } }),
  };
};

/** The deployment in a transfer, whose file is somebody else's. Throws DOCUMENT_INVALID. */
export const handedOverDeployment = (handedOver: JsonObject): Deployment =>
  documentOf(Deployment, handedOver, "the deployment that is handed over");

/** Throws TRANSFER_NOT_POSSIBLE where a deployment.yaml still says that it is the operator's, or is of another deployment. */
export const requireCustomers = (deployment: Deployment, handedOver: JsonObject, shape: Shape): void => {
  const theirs = handedOverDeployment(handedOver);
  const refuse = (reason: string, todo: string) => userError("TRANSFER_NOT_POSSIBLE", deployment.name, reason, todo);
  if (deployment.name !== theirs.name || deployment.fqdn !== theirs.fqdn)
    throw refuse(
      `what is handed over is ${theirs.name} at ${theirs.fqdn}`,
      "use the deployment.yaml that touchstone deploy transfer unpack writes",
    );
  const { inputs = {}, backend } = deployment.cloud ?? {};
  const principals = inputs["operator_principals"];
  if (deployment.cloud !== undefined && (inputs["owner"] !== "customer" || (Array.isArray(principals) && principals.length > 0)))
    throw refuse(
      "deployment.yaml leaves the cloud to the operator",
      "say cloud.inputs.owner: customer and cloud.inputs.operator_principals: [], as transfer unpack writes it",
    );
  if (backend !== undefined && JSON.stringify(backend) === JSON.stringify(theirs.cloud?.backend))
    throw refuse("cloud.backend is the operator's", "say where your own state is to be kept");
  const bucket = urlIn(deployment.values);
  if (shape === "move" && bucket !== "" && bucketOf(bucket) === bucketOf(urlIn(theirs.values)))
    throw refuse(
      `backups would go on into ${bucket}, which is the operator's`,
      "say a bucket of your own in values.backup.bucket, or leave it out, as transfer unpack writes it",
    );
};
