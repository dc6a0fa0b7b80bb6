/** A node: containerd and runc, kubelet, kube-proxy, and kube-router as the one who enforces NetworkPolicies, in a machine of its own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { CNI_FOLDER, nodePathOf, RUNC } from "../../tools/node.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import { MASTER, MERGE_PATCH, type Api } from "../real/api.ts";
import { flags, until } from "../real/programs.ts";
import { DNS, PODS, SERVICES, type Addresses } from "./addresses.ts";
import { API_PORT, tokenOfNode, type Control } from "./control.ts";
import type { Sandbox } from "./sandbox.ts";

const SOCKET = "/run/containerd/containerd.sock";
const ENDPOINT = `unix://${SOCKET}`;

export type NodePlan = {
  name: string;
  index: number;
  addresses: Addresses;
  /** Address of the registry its images come from. */
  registry: string;
  /** The image of the container that keeps a pod's namespaces. */
  pause: string;
};

const containerdToml = (folder: string, { registry, pause }: NodePlan): string => `version = 3
root = "${folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "${SOCKET}"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "${registry}/${pause}"
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "${folder}/certs.d"
[plugins.'io.containerd.cri.v1.runtime']
  # Where this machine does not let anybody be spared when memory ends.
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["${CNI_FOLDER}"]
  conf_dir = "${folder}/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    BinaryName = "${RUNC}"
    SystemdCgroup = false
`;

/** Each pod has a wire of its own to its node, so that every packet is routed, and filtered where routed packets are. */
const network = (folder: string, pods: string) => ({
  cniVersion: "1.0.0",
  name: "trial",
  plugins: [
    {
      type: "ptp",
      ipMasq: false,
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: pods }]],
        routes: [{ dst: "0.0.0.0/0" }],
        dataDir: `${folder}/addresses`,
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const kubeletConfig = (folder: string, address: string) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address,
  // Control groups of version 1 are what this machine may have.
  failCgroupV1: false,
  cgroupDriver: "cgroupfs",
  enforceNodeAllocatable: ["pods"],
  containerRuntimeEndpoint: ENDPOINT,
  clusterDNS: [DNS],
  clusterDomain: "cluster.local",
  resolvConf: `${folder}/resolv.conf`,
  podLogsDir: `${folder}/pod-logs`,
  staticPodPath: "",
  volumePluginDir: `${folder}/plugins`,
  failSwapOn: false,
  // Not before others of this machine when memory ends.
  oomScoreAdj: 0,
  imageGCHighThresholdPercent: 100,
  evictionHard: { "memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: `${folder}/ca.crt` } },
  authorization: { mode: "Webhook" },
  nodeStatusUpdateFrequency: "10s",
});

const proxyConfig = (folder: string, name: string) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "iptables",
  hostnameOverride: name,
  clusterCIDR: PODS,
  clientConnection: { kubeconfig: `${folder}/master` },
  healthzBindAddress: "127.0.0.1:10256",
  metricsBindAddress: "127.0.0.1:10249",
  // The table of connections is the whole machine's to size.
  conntrack: { maxPerCore: 0, min: 0 },
});

const writeFiles = async (folder: string, plan: NodePlan, control: Control): Promise<void> => {
  const { addresses, index, name, registry } = plan;
  const server = `https://${addresses.rack}:${API_PORT}`;
  for (const made of ["cni", `certs.d/${registry}`, "pod-logs", "kubelet", "volumes"]) await mkdir(join(folder, made), { recursive: true });
  const files = {
    "containerd.toml": containerdToml(folder, plan),
    [`certs.d/${registry}/hosts.toml`]: `server = "http://${registry}"\n[host."http://${registry}"]\n  capabilities = ["pull", "resolve"]\n`,
    "cni/10-trial.conflist": JSON.stringify(network(folder, addresses.pods(index))),
    "kubelet.yaml": stringify(kubeletConfig(folder, addresses.node(index))),
    "proxy.yaml": stringify(proxyConfig(folder, name)),
    "resolv.conf": "",
    "ca.crt": control.authority,
  };
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
  await writeKubeconfig(server, join(folder, "kubeconfig"), tokenOfNode(name), control.authority);
  await writeKubeconfig(server, join(folder, "master"), MASTER, control.authority);
};

const kubeletFlags = (folder: string, { name, index, addresses }: NodePlan): string[] =>
  flags({
    config: `${folder}/kubelet.yaml`,
    kubeconfig: `${folder}/kubeconfig`,
    "root-dir": `${folder}/kubelet`,
    "cert-dir": `${folder}/pki`,
    "hostname-override": name,
    "node-ip": addresses.node(index),
  });

const routerFlags = (folder: string, name: string): string[] =>
  flags({
    kubeconfig: `${folder}/master`,
    "hostname-override": name,
    "run-firewall": true,
    "run-router": false,
    "run-service-proxy": false,
    "service-cluster-ip-range": SERVICES,
    "health-port": 0,
  });

const isReady = async (api: Api, name: string): Promise<boolean> => {
  const { conditions } = { conditions: [], ...Object(await api.good("GET", `/api/v1/nodes/${name}`))["status"] };
  return Array.isArray(conditions) && conditions.some(({ type, status }) => type === "Ready" && status === "True");
};

/** Starts all of it, and waits until the server takes the node for ready. */
export const startNode = async (machine: Sandbox, plan: NodePlan, control: Control): Promise<void> => {
  const { folder } = machine;
  const { name, index, addresses } = plan;
  await writeFiles(folder, plan, control);
  const tools = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin:${nodePathOf("containerd").replace(/\/[^/]+$/, "")}` };
  const running = [machine.start(nodePathOf("containerd"), ["--config", `${folder}/containerd.toml`], tools)];
  await until(async () => (await machine.run("test", "-S", SOCKET)) === "", "containerd", running);
  running.push(machine.start(nodePathOf("kubelet"), kubeletFlags(folder, plan), tools));
  await until(async () => (await control.api.ask("GET", `/api/v1/nodes/${name}`)).status === 200, "kubelet", running);
  // Who asks a node for its pods' network finds it here.
  await control.api.good(
    "PATCH",
    `/api/v1/nodes/${name}`,
    { spec: { podCIDR: addresses.pods(index), podCIDRs: [addresses.pods(index)] } },
    MERGE_PATCH,
  );
  running.push(machine.start(nodePathOf("kube-proxy"), [`--config=${folder}/proxy.yaml`], tools));
  running.push(machine.start(nodePathOf("kube-router"), routerFlags(folder, name), tools));
  await until(() => isReady(control.api, name), `node ${name}`, running);
};
