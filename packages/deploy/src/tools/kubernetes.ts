/**
 * A real API server of Kubernetes, its controllers, its scheduler, and the etcd under them, for tests: built once from their Go modules, as
 * kubernetes/go.mod and go.sum pin them, for nobody publishes them in a registry. Ten minutes of a processor, so no test builds them:
 *
 *   node packages/deploy/src/tools/kubernetes.ts
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { toolsFolder } from "./cache.ts";

const KUBERNETES_VERSION = "1.36.3";

const PACKAGES = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
} as const;
export type Program = keyof typeof PACKAGES;
const PROGRAMS: readonly Program[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** A folder that has all four already. */
const GIVEN = "TOUCHSTONE_KUBERNETES";

// Read once: a test gives itself another home.
const HOME = join(toolsFolder(), `kubernetes-${KUBERNETES_VERSION}`);
export const KUBERNETES_BINARIES = process.env[GIVEN] ?? join(HOME, "bin");

export const pathOf = (program: Program): string => join(KUBERNETES_BINARIES, program);

/** Why there is no real cluster here; null where there can be one. */
export const kubernetesAbsent = (): string | null => {
  const missing = PROGRAMS.filter((program) => !existsSync(pathOf(program)));
  return missing.length === 0
    ? null
    : `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not in ${KUBERNETES_BINARIES}: node packages/deploy/src/tools/kubernetes.ts builds them, or ${GIVEN} names a folder`;
};

/** Built with Go 1.27 the server starts and serves an OpenAPI document that no client can read (encoding/json is another there). */
const GO = /^go1\.26(\.|$)/;

/** Where a program comes from: a folder with the go.mod and go.sum that pin it, its package, and what is written into it by name. */
export type Source = { module: string; package: string; stamps: Readonly<Record<string, string>> };

const [MAJOR = "", MINOR = ""] = KUBERNETES_VERSION.split(".");
const COMPONENT = "k8s.io/component-base/version";
/** The version a server tells: without it, it calls itself v0.0.0 and no chart takes it. */
export const KUBERNETES_MODULE = {
  module: join(import.meta.dirname, "kubernetes"),
  stamps: { [`${COMPONENT}.gitVersion`]: `v${KUBERNETES_VERSION}`, [`${COMPONENT}.gitMajor`]: MAJOR, [`${COMPONENT}.gitMinor`]: MINOR },
};

/** Builds one package at a time and politely: linking the server takes two gigabytes. */
export const buildProgram = (name: string, source: Source): void => {
  const version = execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
  if (!GO.test(version)) throw new Error(`it takes Go 1.26, and this is ${version}`);
  const module = join(HOME, "modules", basename(source.module));
  mkdirSync(dirname(module), { recursive: true });
  cpSync(source.module, module, { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" };
  process.stdout.write(`building ${name}\n`);
  const stamps = Object.entries(source.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
  const args = [
    "build",
    "-p",
    "1",
    "-trimpath",
    "-ldflags",
    ["-s", "-w", ...stamps].join(" "),
    "-o",
    join(KUBERNETES_BINARIES, name),
    source.package,
  ];
  execFileSync("nice", ["go", ...args], { cwd: module, env, stdio: "inherit" });
};

if (import.meta.main) {
  for (const program of PROGRAMS.filter((one) => !existsSync(pathOf(one))))
    buildProgram(program, { ...KUBERNETES_MODULE, package: PACKAGES[program] });
  process.stdout.write(`all are in ${KUBERNETES_BINARIES}\n`);
}
