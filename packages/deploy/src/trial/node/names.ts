/** Names of services within a trial cluster: CoreDNS in pods, as every cluster has it. */
import type { JsonObject } from "../fields.ts";
import { DNS } from "./addresses.ts";

const NAMESPACE = "kube-system";
const LABELS = { "k8s-app": "kube-dns" };
const NAME = "coredns";
// Policies look at the port of the pod, so it is the usual one.
const PORT = 53;

/** Names by address, beside those of services. */
export type Known = Readonly<Record<string, string>>;

const corefile = (known: Known): string => `.:${PORT} {
  errors
  health :8080
  ready :8181
  hosts {
${Object.entries(known)
  .map(([name, address]) => `    ${address} ${name}\n`)
  .join("")}    fallthrough
  }
  kubernetes cluster.local in-addr.arpa {
    pods insecure
  }
  cache 5
}
`;

const RULES: JsonObject[] = [
  { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
];

const deployment = (image: string, node: string): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: NAME, namespace: NAMESPACE },
  spec: {
    replicas: 1,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        serviceAccountName: NAME,
        dnsPolicy: "Default",
        nodeSelector: { "kubernetes.io/hostname": node },
        priorityClassName: "system-cluster-critical",
        containers: [
          {
            name: NAME,
            image,
            args: ["-conf", "/etc/coredns/Corefile"],
            readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
            volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
          },
        ],
        volumes: [{ name: "config", configMap: { name: NAME } }],
      },
    },
  },
});

/** What a cluster's names are served by, from one node: a test that drains the other is about the product's pods. */
export const namesOf = (image: string, node: string, known: Known): JsonObject[] => [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace: NAMESPACE } },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: NAME }, rules: RULES },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: NAME },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
    subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: NAME, namespace: NAMESPACE }, data: { Corefile: corefile(known) } },
  deployment(image, node),
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace: NAMESPACE },
    spec: {
      clusterIP: DNS,
      selector: LABELS,
      ports: ["UDP", "TCP"].map((protocol) => ({ name: protocol.toLowerCase(), port: 53, targetPort: PORT, protocol })),
    },
  },
];
