/**
 * Helm and kubectl for processors that no package of npm carries them for, built of their Go modules at the versions of `helm.ts`, pinned
 * in `go.sum`: `node packages/deploy/src/tools/cross-built.ts [arm64]`. It takes minutes and Go 1.26; the same sources give the same bytes.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { toolsFolder } from "./cache.ts";
import type { Architecture } from "./debian.ts";
import { HELM_VERSION, KUBECTL_VERSION, type Tools } from "./helm.ts";

const MODULE = join(import.meta.dirname, "cluster-tools");
const PACKAGES: Readonly<Record<keyof Tools, string>> = { helm: "helm.sh/helm/v4/cmd/helm", kubectl: "." };

/** What each says when it is asked for its version. */
const STAMPS: Readonly<Record<keyof Tools, string>> = {
  helm: `-X helm.sh/helm/v4/internal/version.version=v${HELM_VERSION}`,
  kubectl: `-X k8s.io/component-base/version.gitVersion=v${KUBECTL_VERSION} -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${KUBECTL_VERSION.split(".")[1]}`,
};

const pathOf = (name: keyof Tools, architecture: Architecture): string =>
  join(toolsFolder(), `${name}-${architecture}-${name === "helm" ? HELM_VERSION : KUBECTL_VERSION}`);

/** Why they are not here; null where they are. */
export const crossBuiltAbsent = (architecture: Architecture): string | null =>
  existsSync(pathOf("helm", architecture)) && existsSync(pathOf("kubectl", architecture))
    ? null
    : `helm and kubectl for ${architecture} are not built: node packages/deploy/src/tools/cross-built.ts ${architecture}`;

/** Throws where they are not built. */
export const crossBuilt = (architecture: Architecture): Tools => {
  const absent = crossBuiltAbsent(architecture);
  if (absent !== null) throw new Error(absent);
  return { helm: pathOf("helm", architecture), kubectl: pathOf("kubectl", architecture) };
};

const build = (architecture: Architecture): void => {
  mkdirSync(toolsFolder(), { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: architecture, GOFLAGS: "-mod=readonly" };
  for (const name of ["helm", "kubectl"] as const) {
    const path = pathOf(name, architecture);
    if (existsSync(path)) continue;
    process.stdout.write(`building ${path}\n`);
    const args = [
      "build",
      "-p",
      "1",
      "-trimpath",
      "-buildvcs=false",
      "-ldflags",
      `-s -w -buildid= ${STAMPS[name]}`,
      "-o",
      path,
      PACKAGES[name],
    ];
    execFileSync("nice", ["go", ...args], { cwd: MODULE, env, stdio: "inherit" });
  }
};

if (import.meta.main) build(process.argv[2] === "amd64" ? "amd64" : "arm64");
