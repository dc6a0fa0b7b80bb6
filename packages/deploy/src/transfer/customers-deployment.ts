/** The deployment as the customer goes on with it: theirs, without the operator in it, and without the place of the operator's state. Pure. */
import { userError } from "@touchstone/core/errors";
import { Deployment } from "../deployment/deployment.ts";
import type { JsonObject } from "../supply/canonical.ts";
import { documentOf } from "../supply/signature.ts";

type Tree = { [key: string]: unknown };
const treeOf = (value: unknown): Tree => (typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {});

/** What is written for the customer to look through; a backend of their own and their administrators are theirs to fill in. */
export const customersDeployment = (handedOver: JsonObject, owner: string): Tree => {
  const { cloud, cluster, ...rest }: Tree = treeOf(handedOver);
  const { context: _context, ...inCluster } = treeOf(cluster);
  const { backend: _backend, ...inCloud } = treeOf(cloud);
  return {
    ...rest,
    owner,
    model: "customer",
    upgrades: "none",
    cluster: inCluster,
    ...(cloud === undefined
      ? {}
      : { cloud: { ...inCloud, inputs: { ...treeOf(inCloud["inputs"]), owner: "customer", operator_principals: [] } } }),
  };
};

/** The deployment in a transfer, whose file is somebody else's. Throws DOCUMENT_INVALID. */
export const handedOverDeployment = (handedOver: JsonObject): Deployment =>
  documentOf(Deployment, handedOver, "the deployment that is handed over");

/** Throws TRANSFER_NOT_POSSIBLE where a deployment.yaml still says that it is the operator's, or is of another deployment. */
export const requireCustomers = (deployment: Deployment, handedOver: JsonObject): void => {
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
};
