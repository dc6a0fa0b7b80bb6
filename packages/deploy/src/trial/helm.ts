/** Helm and kubectl as tests use them: with folders of their own, on a cluster that a test has started, or on none. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { CHART_FOLDER } from "../chart/write.ts";
import { manifestsOf, type Manifest } from "../kubernetes/manifest.ts";
import { helmAndKubectl, type Tools } from "../tools/helm.ts";
import { clusterAbsent } from "./backend.ts";

export type Ended = { status: number; stdout: string; stderr: string };
export type Helm = {
  /** Why there is none here; null where there is. */
  absent: string | null;
  helm: (args: readonly string[], kubeconfig?: string) => Promise<Ended>;
  kubectl: (args: readonly string[], kubeconfig: string) => Promise<Ended>;
  /** Helm under way, to be killed. */
  start: (args: readonly string[], kubeconfig: string) => ChildProcess;
  /** Path of a file with these values. */
  values: (values: object) => Promise<string>;
  /** The objects of the chart with these values. Throws with what helm says. */
  template: (valueFiles: readonly string[], flags?: readonly string[]) => Promise<Manifest[]>;
};

const TIMEOUT_MS = 120_000;
export const RELEASE = "quality";
export const NAMESPACE = "data";

const run = (file: string, args: readonly string[], env: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { env, timeout: TIMEOUT_MS, maxBuffer: 64 * 2 ** 20 };
    execFile(file, [...args], options, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }),
    );
  });

/** Both tools, or why there are none. */
export const openHelm = async (): Promise<Helm> => {
  const found: Tools | string = await helmAndKubectl().catch((thrown: unknown) => `helm cannot be had here: ${String(thrown)}`);
  const home = mkdtempSync(join(tmpdir(), "touchstone-helm-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const environment = (kubeconfig = "/dev/null") => ({
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(home, "cache"),
    HELM_CONFIG_HOME: join(home, "config"),
    HELM_DATA_HOME: join(home, "data"),
  });
  const pathOf = (tool: keyof Tools): string => {
    if (typeof found === "string") throw new Error(found);
    return found[tool];
  };
  const helm: Helm["helm"] = (args, kubeconfig) => run(pathOf("helm"), args, environment(kubeconfig));
  let count = 0;
  /** The same files and flags give the same objects, and helm takes half a second for them. */
  const known = new Map<string, Promise<Manifest[]>>();
  const template: Helm["template"] = async (valueFiles, flags = []) => {
    const files = valueFiles.flatMap((file) => ["--values", file]);
    const { status, stdout, stderr } = await helm(["template", RELEASE, CHART_FOLDER, "--namespace", NAMESPACE, ...files, ...flags]);
    if (status !== 0) throw new Error(stderr);
    return manifestsOf(stdout);
  };
  return {
    absent: typeof found === "string" ? found : clusterAbsent(),
    helm,
    kubectl: (args, kubeconfig) => run(pathOf("kubectl"), args, environment(kubeconfig)),
    start: (args, kubeconfig) => spawn(pathOf("helm"), [...args], { env: environment(kubeconfig), stdio: "ignore" }),
    values: async (values) => {
      const file = join(home, `values-${++count}.yaml`);
      // As Helm reads it: YAML 1.1, in which `yes` is no word.
      await writeFile(file, stringify(values, { version: "1.1" }));
      return file;
    },
    template: (valueFiles, flags = []) => {
      const asked = JSON.stringify([valueFiles, flags]);
      const objects = known.get(asked) ?? template(valueFiles, flags);
      known.set(asked, objects);
      return objects;
    },
  };
};
