/** A site on a trial cluster: what acts of a release are tried on, what they told, and a command that is killed on its way. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CHART_FOLDER } from "../chart/write.ts";
import { openHelm, type Helm } from "../cluster/helm.ts";
import { openKubectl, type Kubectl } from "../cluster/kubectl.ts";
import { deploymentIn } from "../deployment/read.ts";
import { at } from "../kubernetes/manifest.ts";
import { readRecord } from "../release/record.ts";
import type { Site } from "../release/site.ts";
import { startCluster } from "./backend.ts";
import type { Cluster } from "./cluster.ts";

export const NAMESPACE = "quality";
export const API = "quality-touchstone";
export const WORKERS = `${API}-dataplane-default`;
/** A value of a Secret, which must be in nothing that is told or kept. */
export const CANARY = "canary-7f3a";
/** Seconds, for a busy machine where all goes well. */
export const PATIENT = 60;
/** Seconds, where it cannot go well. */
export const SHORT = 4;

const COMMAND_LINE = join(import.meta.dirname, "../../../cli/src/main.ts");

export type TrialSite = {
  cluster: Cluster;
  kubectl: Kubectl;
  helm: Helm;
  site: (text: string, signal?: AbortSignal) => Site;
  /** What was told since the last `site`. */
  told: () => string;
  /** Tag of the image of the workers, and their number, as the cluster has them now: no program is started for it. */
  tagNow: () => Promise<string>;
  replicasNow: () => Promise<unknown>;
  isThere: (deployment: string) => Promise<boolean>;
  /** Number and status of the newest revision. */
  standing: () => Promise<string>;
  lastOutcome: () => Promise<string>;
  makeSecret: (name: string, stringData: object) => Promise<boolean>;
  /** Ends the lease of who was killed, for which a person would wait forty seconds. */
  endLease: () => Promise<void>;
  /** Runs a verb on this deployment as a person would, and kills it and helm once it is time; or it alone. */
  killed: (verb: string, text: string, isTime: () => Promise<boolean>, options?: { isAlone?: boolean }) => Promise<void>;
  /** A folder with the chart as another version, its annotations with this text in front. */
  chartOfVersion: (version: string, annotation: string) => Promise<string>;
  close: () => Promise<void>;
};

/** A deployment whose workers run an image of this tag, from a chart in this folder. */
export const described = (tag: string, { chart = "", more = "" } = {}): string =>
  `version: 1\nname: quality\nmodel: customer\nfqdn: quality.invalid\nsize: small\ncluster: {namespace: ${NAMESPACE}}\nrelease: {chart: "${chart}"}\nvalues: {images: {dataplane: {tag: "${tag}"}}${more}}\n`;

/** The processes that one has started, and those that these have. */
const descendantsOf = async (pid: number): Promise<number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = text.trim().split(" ").filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
};

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Ten seconds are what a program gets to end by itself. */
const ENDS_TRIES = 150;

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
};

/** `isAlone`: what it has started is left to notice by itself, and waited for. */
const runAndKill = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isTime: () => Promise<boolean>,
  isAlone: boolean,
): Promise<void> => {
  const child = spawn(process.execPath, [COMMAND_LINE, "deploy", ...args], { env, stdio: ["ignore", "ignore", "pipe"], detached: true });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const end = new Promise((resolve) => child.once("exit", resolve));
  try {
    while (child.exitCode === null && !(await isTime())) await sleep(20);
    assert.equal(child.exitCode, null, `it ended before it could be killed: ${said}`);
    const pid = child.pid ?? 0;
    const started = await descendantsOf(pid);
    // The parent first, so that it sees nothing of its children's end.
    for (const one of isAlone ? [pid] : [pid, ...started]) kill(one);
    for (let tries = 0; tries < ENDS_TRIES && started.some(isThere); tries++) await sleep(100);
    assert.deepEqual(started.filter(isThere), [], "what it had started goes on alone");
  } finally {
    child.kill("SIGKILL");
    await end;
  }
};

const copyChart = async (chart: string, version: string, annotation: string): Promise<string> => {
  await cp(CHART_FOLDER, chart, { recursive: true });
  const file = join(chart, "Chart.yaml");
  const text = (await readFile(file, "utf8")).replace(/^version: .*$/m, `version: ${version}`);
  await writeFile(file, text.replace("annotations:\n", `annotations:\n${annotation}`));
  return chart;
};

export const openTrialSite = async (env: NodeJS.ProcessEnv): Promise<TrialSite> => {
  const cluster = await startCluster();
  const access = { kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE };
  const kubectl = openKubectl(access, env);
  const helm = await openHelm(access, env);
  const folder = await mkdtemp(join(tmpdir(), "touchstone-release-"));
  let told: string[] = [];
  const workload = (name: string) => cluster.find("Deployment", NAMESPACE, name);
  const imageNow = async () => String(at(await workload(WORKERS), "spec", "template", "spec", "containers", 0, "image"));
  return {
    cluster,
    kubectl,
    helm,
    site: (text, signal = new AbortController().signal) => {
      told = [];
      return { deployment: deploymentIn(text, "deployment.yaml"), kubectl, helm, tell: (line) => void told.push(line), signal };
    },
    told: () => told.join("\n"),
    tagNow: async () => (await imageNow()).split(":").at(-1) ?? "",
    replicasNow: async () => at(await workload(WORKERS), "spec", "replicas"),
    isThere: async (deployment) => (await workload(deployment)) !== null,
    standing: async () => {
      const newest = (await helm.history("quality")).at(-1);
      return newest === undefined ? "none" : `${newest.revision} ${newest.status}`;
    },
    lastOutcome: async () => {
      const last = (await readRecord(kubectl)).operations.at(-1);
      return `${last?.kind} ${last?.outcome}`;
    },
    makeSecret: (name, stringData) =>
      kubectl.create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE }, type: "Opaque", stringData }),
    endLease: async () => {
      // What was sent by then may still arrive.
      for (let tries = 0; tries < 10; tries++) {
        const lease = await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy");
        const spec = { ...Object(lease?.["spec"]), renewTime: "2026-01-01T00:00:00.000000Z" };
        if (await kubectl.replace({ ...lease, spec })) return;
      }
      assert.fail("the lease of who was killed is renewed");
    },
    killed: async (verb, text, isTime, { isAlone = false } = {}) => {
      const file = join(folder, "deployment.yaml");
      await writeFile(file, text);
      await runAndKill([verb, "--file", file, "--skip-preflight", "--kubeconfig", cluster.kubeconfig], env, isTime, isAlone);
    },
    chartOfVersion: (version, annotation) => copyChart(join(folder, version), version, annotation),
    close: async () => {
      await helm.close();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
