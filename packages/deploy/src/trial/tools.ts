/** Helm and kubectl as the product finds them: by an environment that names them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HELM_MAJORS, helmAndKubectl, type HelmMajor, type Tools } from "../tools/helm.ts";
import { clusterAbsent } from "./backend.ts";

export type { HelmMajor };

export type TrialTools = {
  /** Why there are none here; null where there are. */
  absent: string | null;
  env: NodeJS.ProcessEnv;
};

/** Both tools with a home of their own, so that a person's clusters are out of reach. */
export const trialTools = async (major: HelmMajor = 4): Promise<TrialTools> => {
  const found: Tools | string = await helmAndKubectl(major).catch(
    (thrown: unknown) => `helm ${major} cannot be had here: ${String(thrown)}`,
  );
  const home = mkdtempSync(join(tmpdir(), "touchstone-tools-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const none: NodeJS.ProcessEnv = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: "/dev/null" };
  return typeof found === "string"
    ? { absent: found, env: none }
    : { absent: clusterAbsent(), env: { ...none, HELM: found.helm, KUBECTL: found.kubectl } };
};

/** The same with each version of helm that the product takes. */
export const everyTrialTools = (): Promise<(TrialTools & { major: HelmMajor })[]> =>
  Promise.all(HELM_MAJORS.map(async (major) => ({ major, ...(await trialTools(major)) })));
