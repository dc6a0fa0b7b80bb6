/** What a cluster that is ready for an installation has, object by object, so that a test takes away or spoils one of them. */
import { isOnRealCluster } from "./backend.ts";
import { LEAF, ISSUING, ROOT, LEAF_KEY } from "./certificates.ts";

export const NAMESPACE = "quality";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const within = (name: string) => ({ name, namespace: NAMESPACE });

/** A key of 32 bytes, as `openssl rand -base64 32` writes it. */
const KEY = base64("0123456789abcdef0123456789abcdef");

export const node = (name: string, more: { cpu?: string; memory?: string; labels?: object; spec?: object; ready?: boolean } = {}) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", ...more.labels } },
  spec: more.spec ?? {},
  status: {
    allocatable: { cpu: more.cpu ?? "7910m", memory: more.memory ?? "30Gi", "ephemeral-storage": "100Gi", pods: "110" },
    conditions: [{ type: "Ready", status: more.ready === false ? "False" : "True" }],
  },
});

export const secret = (name: string, data: Readonly<Record<string, string>>, type = "Opaque") => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: within(name),
  type,
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
});

export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } },
});

export const SECRETS = [
  secret("touchstone-store", { DATABASE_URL: "postgres://touchstone:canary-store@db.example.org/touchstone?sslmode=verify-full" }),
  secret("touchstone-keys", { TOUCHSTONE_SECRET_KEYS: `k1:${KEY}`, TOUCHSTONE_TOKEN_KEY: KEY }),
  secret("touchstone-dataplanes", { default: `tsdp_${"c0ffee".repeat(8)}` }),
  secret("certificate", { "tls.crt": LEAF + ISSUING + ROOT, "tls.key": LEAF_KEY }, "kubernetes.io/tls"),
];

/** What a real trial cluster has by itself. */
const OF_THE_CLUSTER: readonly unknown[] = ["Node", "StorageClass"];

/** Four nodes of eight cores, a class of volumes, an ingress controller, and the namespace with its Secrets. */
export const READY: readonly object[] = [
  ...["a", "b", "c", "d"].map((name) => node(`node-${name}`)),
  namespace("ingress-nginx"),
  namespace(NAMESPACE, { "pod-security.kubernetes.io/enforce": "restricted" }),
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "ebs.csi.aws.com",
    allowVolumeExpansion: true,
    volumeBindingMode: "WaitForFirstConsumer",
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: "nginx", annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
    spec: { controller: "k8s.io/ingress-nginx" },
  },
  ...SECRETS,
];

/** What of it has to be made in a trial cluster of this process. */
export const readyHere = (): readonly object[] =>
  isOnRealCluster() ? READY.filter((object) => !OF_THE_CLUSTER.includes(Reflect.get(object, "kind"))) : READY;
