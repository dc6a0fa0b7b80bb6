/** The kinds a trial cluster serves. The definitions say how their fields look; here is under which address they are. */

export type Resource = {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  /** Whether it comes with an operator that a cluster may not have. */
  custom?: true;
};

const of = (apiVersion: string, namespaced: boolean, kinds: Readonly<Record<string, string>>, custom?: true): Resource[] => {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  return Object.entries(kinds).map(([plural, kind]) => ({ group, version, plural, kind, namespaced, ...(custom ? { custom } : {}) }));
};

export const RESOURCES: readonly Resource[] = [
  ...of("v1", false, { namespaces: "Namespace", nodes: "Node", persistentvolumes: "PersistentVolume" }),
  ...of("v1", true, {
    configmaps: "ConfigMap",
    events: "Event",
    limitranges: "LimitRange",
    persistentvolumeclaims: "PersistentVolumeClaim",
    pods: "Pod",
    resourcequotas: "ResourceQuota",
    secrets: "Secret",
    serviceaccounts: "ServiceAccount",
    services: "Service",
  }),
  ...of("apps/v1", true, { deployments: "Deployment", replicasets: "ReplicaSet" }),
  ...of("autoscaling/v2", true, { horizontalpodautoscalers: "HorizontalPodAutoscaler" }),
  ...of("batch/v1", true, { cronjobs: "CronJob", jobs: "Job" }),
  ...of("coordination.k8s.io/v1", true, { leases: "Lease" }),
  ...of("networking.k8s.io/v1", false, { ingressclasses: "IngressClass" }),
  ...of("networking.k8s.io/v1", true, { ingresses: "Ingress", networkpolicies: "NetworkPolicy" }),
  ...of("policy/v1", true, { poddisruptionbudgets: "PodDisruptionBudget" }),
  ...of("rbac.authorization.k8s.io/v1", true, { roles: "Role", rolebindings: "RoleBinding" }),
  ...of("rbac.authorization.k8s.io/v1", false, { clusterroles: "ClusterRole", clusterrolebindings: "ClusterRoleBinding" }),
  ...of("storage.k8s.io/v1", false, { storageclasses: "StorageClass" }),
  ...of("authorization.k8s.io/v1", false, { selfsubjectaccessreviews: "SelfSubjectAccessReview" }),
  ...of("cert-manager.io/v1", true, { certificates: "Certificate", issuers: "Issuer" }, true),
  ...of("cert-manager.io/v1", false, { clusterissuers: "ClusterIssuer" }, true),
  ...of("gateway.networking.k8s.io/v1", true, { gateways: "Gateway", httproutes: "HTTPRoute" }, true),
  ...of("keda.sh/v1alpha1", true, { scaledobjects: "ScaledObject" }, true),
  ...of("monitoring.coreos.com/v1", true, { prometheusrules: "PrometheusRule", servicemonitors: "ServiceMonitor" }, true),
  ...of("postgresql.cnpg.io/v1", true, { clusters: "Cluster" }, true),
];

export const apiVersionOf = ({ group, version }: Resource): string => (group === "" ? version : `${group}/${version}`);
/** `api/v1`, or `apis/apps/v1`. */
export const rootOf = (resource: Resource): string => `${resource.group === "" ? "api" : "apis"}/${apiVersionOf(resource)}`;

/** Throws for a kind that trial clusters do not have. */
export const resourceOf = (kind: string): Resource => {
  const found = RESOURCES.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no trial cluster has the kind ${kind}`);
  return found;
};
