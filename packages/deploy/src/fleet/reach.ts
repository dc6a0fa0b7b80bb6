/** How the cluster of a deployment of a fleet is reached, and what its infrastructure told when it was made: both are in its folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Access } from "../cluster/kubectl.ts";
import { kubeconfigOf } from "../infra/addons.ts";
import { NO_OUTPUTS, Outputs } from "../infra/outputs.ts";
import type { Task } from "./driver.ts";
import { FILES } from "./files.ts";

const OUTPUTS = "outputs.json";

/** `infra` is the folder of the infrastructure in that of the deployment. */
export const keepOutputs = (infra: string, outputs: Outputs): void => FILES.replace(join(infra, OUTPUTS), JSON.stringify(outputs));

export const outputsIn = (folder: string): Outputs => {
  const file = join(folder, "infra", OUTPUTS);
  return existsSync(file) ? Outputs.parse(JSON.parse(readFileSync(file, "utf8"))) : NO_OUTPUTS;
};

export const accessOf = (
  { deployment: { cloud, cluster }, folder }: Pick<Task, "deployment" | "folder">,
  kubeconfig: string | null,
): Access => {
  const written = kubeconfigOf(join(folder, "infra"));
  const file = kubeconfig ?? (cloud !== undefined && existsSync(written) ? written : null);
  return { kubeconfig: file, context: cluster.context ?? null, namespace: cluster.namespace };
};
