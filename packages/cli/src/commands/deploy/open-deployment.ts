/** What every verb begins with: the file, the cluster it means, and the tools. */
import { existsSync } from "node:fs";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "@touchstone/deploy/deployment/deployment";
import { readWithOutputs } from "@touchstone/deploy/deployment/outputs-file";
import { openHelm, type Helm } from "@touchstone/deploy/cluster/helm";
import { openKubectl, type Access, type Kubectl } from "@touchstone/deploy/cluster/kubectl";
import { text, type Option, type Terminal, type Values } from "../command.ts";

export const FILE_DEFAULT = "deployment.yaml";

export const FILE_OPTION: Option = { flags: "-f, --file <file>", docs: "the file that describes the deployment", default: FILE_DEFAULT };
export const DEPLOYMENT_OPTIONS: readonly Option[] = [
  FILE_OPTION,
  { flags: "--kubeconfig <file>", docs: "kubeconfig instead of the usual one" },
];

export type Opened = {
  file: string;
  deployment: Deployment;
  access: Access;
  openHelm: () => Promise<Helm>;
  openKubectl: () => Kubectl;
};

/** Reads the deployment. Tools are looked for when a verb opens them. */
export const openDeployment = async (values: Values, _terminal: Terminal): Promise<Opened> => {
  const file = text(values, "file") ?? FILE_DEFAULT;
  const kubeconfig = text(values, "kubeconfig") ?? null;
  // kubectl takes one that is not there for an empty one, and asks a cluster on this machine.
  if (kubeconfig !== null && !existsSync(kubeconfig)) throw userError("OPTION_INVALID", "--kubeconfig", `there is no file ${kubeconfig}`);
  const deployment = await readWithOutputs(file);
  const { context, namespace } = deployment.cluster;
  const access: Access = { kubeconfig, context: context ?? null, namespace };
  return { file, deployment, access, openHelm: () => openHelm(access), openKubectl: () => openKubectl(access) };
};
