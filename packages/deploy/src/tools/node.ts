/**
 * What a node of a real cluster is made of, for tests: kubelet and kube-proxy, containerd, CoreDNS, and kube-router, of which only the part
 * is used that enforces NetworkPolicies. Built once from the modules that `kubernetes/` and `node/` pin, as the server is
 * (`kubernetes.ts`); runc, the plugins of CNI, iptables and ipset, buildah, skopeo and a registry are Debian's.
 *
 *   node packages/deploy/src/tools/node.ts
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildProgram, kubernetesAbsent, KUBERNETES_BINARIES, KUBERNETES_MODULE, type Source } from "./kubernetes.ts";

const CONTAINERD_VERSION = "2.4.2";
const MODULES = join(import.meta.dirname, "node");

/** Without C: no program of these needs any. */
const SOURCES = {
  kubelet: { ...KUBERNETES_MODULE, package: "k8s.io/kubernetes/cmd/kubelet" },
  "kube-proxy": { ...KUBERNETES_MODULE, package: "k8s.io/kubernetes/cmd/kube-proxy" },
  containerd: {
    module: join(MODULES, "containerd"),
    package: "github.com/containerd/containerd/v2/cmd/containerd",
    stamps: { "github.com/containerd/containerd/v2/version.Version": `v${CONTAINERD_VERSION}` },
  },
  "containerd-shim-runc-v2": {
    module: join(MODULES, "containerd"),
    package: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
    stamps: {},
  },
  coredns: { module: join(MODULES, "coredns"), package: ".", stamps: {} },
  "kube-router": { module: join(MODULES, "kube-router"), package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router", stamps: {} },
} as const satisfies Record<string, Source>;

export type NodeProgram = keyof typeof SOURCES;
const isProgram = (name: string): name is NodeProgram => name in SOURCES;
const PROGRAMS = Object.keys(SOURCES).filter(isProgram);

export const RUNC = "/usr/sbin/runc";
export const CNI_FOLDER = "/usr/lib/cni";
/** Files of Debian's packages, by package. */
const DEBIAN: Readonly<Record<string, string>> = {
  runc: RUNC,
  "containernetworking-plugins": join(CNI_FOLDER, "ptp"),
  iptables: "/usr/sbin/iptables",
  ipset: "/usr/sbin/ipset",
  buildah: "/usr/bin/buildah",
  skopeo: "/usr/bin/skopeo",
  "docker-registry": "/usr/bin/docker-registry",
  openssl: "/usr/bin/openssl",
};

export const nodePathOf = (program: NodeProgram): string => join(KUBERNETES_BINARIES, program);

/** Why there are no nodes here; null where there can be some. */
export const nodesAbsent = (): string | null => {
  const server = kubernetesAbsent();
  if (server !== null) return server;
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "nodes are made as root on Linux";
  const programs = ["pause", ...PROGRAMS].filter((program) => !existsSync(join(KUBERNETES_BINARIES, program)));
  if (programs.length > 0)
    return `${programs.join(", ")} ${programs.length === 1 ? "is" : "are"} not in ${KUBERNETES_BINARIES}: node packages/deploy/src/tools/node.ts builds them`;
  const packages = Object.keys(DEBIAN).filter((name) => !existsSync(DEBIAN[name] ?? ""));
  return packages.length === 0 ? null : `not installed: apt-get install ${packages.join(" ")}`;
};

/** What keeps the namespaces of a pod: Kubernetes' own, of C, and linked to nothing. */
export const PAUSE = join(KUBERNETES_BINARIES, "pause");
const buildPause = (): void => {
  const cwd = KUBERNETES_MODULE.module;
  const folder = execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"], { cwd, encoding: "utf8" }).trim();
  execFileSync("gcc", ["-Os", "-static", "-s", "-o", PAUSE, join(folder, "build/pause/linux/pause.c")], { stdio: "inherit" });
};

if (import.meta.main) {
  if (!existsSync(PAUSE)) buildPause();
  for (const program of PROGRAMS.filter((one) => !existsSync(nodePathOf(one)))) buildProgram(program, SOURCES[program]);
  process.stdout.write(`all are in ${KUBERNETES_BINARIES}\n`);
}
