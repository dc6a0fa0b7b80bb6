/** Helm and kubectl as the product finds them: by an environment that names them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PackageAltered } from "../tools/cache.ts";
import { HELM_MAJORS, helmAndKubectl, type HelmMajor, type Tools } from "../tools/helm.ts";
import { clusterAbsent } from "./backend.ts";

let usual: HelmMajor = 4;

/** From now on this process uses helm 3: a file `x.helm3.long.test.ts` says so, and brings the suite in. */
export const onHelm3 = (): void => {
  usual = 3;
};

/** What a suite is called that is tried with each. */
export const byHelm = (title: string): string => (usual === 3 ? `${title}, by helm 3` : title);

export type TrialTools = {
  major: HelmMajor;
  /** Why there are none here; null where there are. */
  absent: string | null;
  env: NodeJS.ProcessEnv;
};

/** Both tools with a home of their own, so that a person's clusters are out of reach. */
export const trialTools = async (major = usual): Promise<TrialTools> => {
  const found: Tools | string = await helmAndKubectl(major).catch((thrown: unknown) => {
    if (thrown instanceof PackageAltered) throw thrown;
    return `helm ${major} cannot be had here: ${String(thrown)}`;
  });
  const home = mkdtempSync(join(tmpdir(), "touchstone-tools-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const none: NodeJS.ProcessEnv = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: "/dev/null" };
  return typeof found === "string"
    ? { major, absent: found, env: none }
    : { major, absent: clusterAbsent(), env: { ...none, HELM: found.helm, KUBECTL: found.kubectl } };
};

/** The same with each version of helm that the product takes. */
export const everyTrialTools = (): Promise<TrialTools[]> => Promise.all(HELM_MAJORS.map((major) => trialTools(major)));
