/**
 * A real API server of Kubernetes, its controllers, its scheduler, and the etcd under them, for tests: built once from their Go modules, as
 * kubernetes/go.mod and go.sum pin them, for nobody publishes them in a registry. Ten minutes of a processor, so no test builds them:
 *
 *   node packages/deploy/src/tools/kubernetes.ts
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
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
const BINARIES = process.env[GIVEN] ?? join(HOME, "bin");

export const pathOf = (program: Program): string => join(BINARIES, program);

/** Why there is no real cluster here; null where there can be one. */
export const kubernetesAbsent = (): string | null => {
  const missing = PROGRAMS.filter((program) => !existsSync(pathOf(program)));
  return missing.length === 0
    ? null
    : `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not in ${BINARIES}: node packages/deploy/src/tools/kubernetes.ts builds them, or ${GIVEN} names a folder`;
};

/** Built with Go 1.27 the server starts and serves an OpenAPI document that no client can read (encoding/json is another there). */
const GO = /^go1\.26(\.|$)/;

/** The version a server tells: without it, it calls itself v0.0.0 and no chart takes it. */
const stamps = (): string => {
  const [major = "", minor = ""] = KUBERNETES_VERSION.split(".");
  const said = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor };
  return ["-s", "-w", ...Object.entries(said).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(" ");
};

/** Builds what is missing, one package at a time and politely: linking the server takes two gigabytes. */
const build = (): void => {
  const version = execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
  if (!GO.test(version)) throw new Error(`it takes Go 1.26, and this is ${version}`);
  const module = join(HOME, "module");
  mkdirSync(module, { recursive: true });
  for (const file of ["go.mod", "go.sum"]) cpSync(join(import.meta.dirname, "kubernetes", file), join(module, file));
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" };
  for (const program of PROGRAMS.filter((one) => !existsSync(pathOf(one)))) {
    process.stdout.write(`building ${program}\n`);
    const args = ["build", "-p", "1", "-trimpath", "-ldflags", stamps(), "-o", pathOf(program), PACKAGES[program]];
    execFileSync("nice", ["go", ...args], { cwd: module, env, stdio: "inherit" });
  }
  process.stdout.write(`all are in ${BINARIES}\n`);
};

if (import.meta.main) build();
