/** The control plane of a trial cluster with nodes, in a machine of its own: etcd, the API server, the controllers, the scheduler. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathOf } from "../../tools/kubernetes.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import { MASTER, openApi, type Api } from "../real/api.ts";
import { accountsOf, etcdFlags, flags, hasRoles, until, type Running } from "../real/programs.ts";
import { KUBERNETES, PODS, SERVICES, type Addresses } from "./addresses.ts";
import { makeAuthority } from "./authority.ts";
import type { Sandbox } from "./sandbox.ts";

export const API_PORT = 6443;
const ETCD = "http://127.0.0.1:2379";
const PEERS = "http://127.0.0.1:2380";

const apiFlags = (folder: string, rack: string): string[] =>
  flags({
    "etcd-servers": ETCD,
    "bind-address": "0.0.0.0",
    "advertise-address": rack,
    "secure-port": API_PORT,
    "tls-cert-file": join(folder, "server.crt"),
    "tls-private-key-file": join(folder, "server.key"),
    "client-ca-file": join(folder, "ca.crt"),
    "kubelet-client-certificate": join(folder, "client.crt"),
    "kubelet-client-key": join(folder, "client.key"),
    "kubelet-preferred-address-types": "InternalIP",
    "service-cluster-ip-range": SERVICES,
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction,PodSecurity",
    ...accountsOf(folder),
    profiling: false,
  });

const controllerFlags = (folder: string): string[] =>
  flags({
    kubeconfig: join(folder, "kubeconfig"),
    "service-account-private-key-file": join(folder, "accounts.key"),
    "root-ca-file": join(folder, "ca.crt"),
    "cluster-cidr": PODS,
    "use-service-account-credentials": true,
    "leader-elect": false,
    "secure-port": 0,
    // A busy machine is no lost node.
    "node-monitor-grace-period": "2m",
    // Metrics of pods are nobody's here.
    controllers: "*,-horizontal-pod-autoscaler-controller",
    "kube-api-qps": 200,
    "kube-api-burst": 400,
  });

const schedulerFlags = (folder: string): string[] =>
  flags({ kubeconfig: join(folder, "kubeconfig"), "leader-elect": false, "secure-port": 0 });

export type Control = {
  api: Api;
  kubeconfig: string;
  authority: string;
};

/** Who a node's kubelet is, to the server. */
export const tokenOfNode = (node: string): string => `trial-${node}`;

const tokens = (nodes: readonly string[]): string =>
  [`${MASTER},trial,1,system:masters`, ...nodes.map((node) => `${tokenOfNode(node)},system:node:${node},${node},system:nodes`), ""].join(
    "\n",
  );

/** Starts it in its machine, which has its address already. */
export const startControl = async (rack: Sandbox, addresses: Addresses, nodes: readonly string[]): Promise<Control> => {
  const { folder } = rack;
  const names = [
    ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"].map((name) => `DNS:${name}`),
    ...[KUBERNETES, addresses.rack, "127.0.0.1"].map((address) => `IP:${address}`),
  ];
  const { certificate } = await makeAuthority(folder, names);
  await writeFile(join(folder, "tokens.csv"), tokens(nodes), { mode: 0o600 });
  const server = `https://${addresses.rack}:${API_PORT}`;
  const kubeconfig = await writeKubeconfig(server, join(folder, "kubeconfig"), MASTER, certificate);
  const api = openApi({ host: addresses.rack, port: API_PORT, authority: certificate });
  const running: Running[] = [rack.start(pathOf("etcd"), etcdFlags(folder, ETCD, PEERS))];
  running.push(rack.start(pathOf("kube-apiserver"), apiFlags(folder, addresses.rack)));
  await until(async () => (await api.ask("GET", "/readyz")).status === 200, "the API server", running);
  running.push(rack.start(pathOf("kube-controller-manager"), controllerFlags(folder)));
  running.push(rack.start(pathOf("kube-scheduler"), schedulerFlags(folder)));
  await until(() => hasRoles(api), "the controllers", running);
  return { api, kubeconfig, authority: certificate };
};
