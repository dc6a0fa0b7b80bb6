/**
 * What is started in the namespace to look from inside: up to three Jobs of the product's own images, and the network policies that an
 * installation would bring, made for them. Pure.
 *
 * `worker` has the labels, nodes and policies of a dataplane, `check` those of the check that `helm test` runs, `open` no policy of ours, to
 * see what policies keep out. A pod with a dataplane's labels is also under whatever else in the namespace selects these; while it runs,
 * a PodDisruptionBudget of dataplanes counts it and allows no eviction.
 */
import { reachText, type ReachTarget } from "@touchstone/core/model/reach";
import type { Deployment } from "../deployment/deployment.ts";
import { at, podTemplateOf, type Container, type Manifest, type PodTemplate } from "../kubernetes/manifest.ts";
import { policiesFor } from "../kubernetes/reach.ts";

export const PROBE_LABEL = "touchstone/preflight";
const ROLE_LABEL = "touchstone/preflight-role";
const COMPONENT = "app.kubernetes.io/component";

/** How long a pod may be pulled, started and tried; the kubelet ends it then. */
export const PROBE_SECONDS_MAX = 120;
/** Kubernetes takes away what a killed preflight has left. */
const KEPT_SECONDS = 300;

export type Role = "worker" | "check" | "open";
export type Probe = { role: Role; job: Manifest; policies: Manifest[]; image: string };

const API_SERVER: ReachTarget = { kind: "denied", to: "api-server" };

/** What each role tries. */
export const targetsOf = (role: Role, { networks, fqdn }: Deployment, objects: readonly Manifest[]): ReachTarget[] => {
  switch (role) {
    case "worker":
      return [
        ...Object.values(networks.datastores).flatMap(({ host, ports }) =>
          host === undefined ? [] : ports.map((port): ReachTarget => ({ kind: "tcp", to: `${host}:${port}` })),
        ),
        // Dataplanes alone dial a control plane elsewhere.
        ...(objects.some(isCheck) ? [] : [{ kind: "https", to: `https://${fqdn}/api/health` } as const]),
        API_SERVER,
      ];
    case "check":
      return [
        ...(objects.some(hasStoreUrl) ? [{ kind: "store", to: "url" } as const] : []),
        ...networks.identityProviders.flatMap(({ issuer }): ReachTarget[] =>
          issuer === undefined ? [] : [{ kind: "issuer", to: issuer }],
        ),
        { kind: "https", to: `https://${fqdn}/api/health` },
      ];
    case "open":
      return [{ ...API_SERVER, kind: "open" }];
    default:
      return role satisfies never;
  }
};

/** An external store has its URL in a Secret that is there before; CloudNativePG makes it later. */
const hasStoreUrl = (object: Manifest): boolean =>
  podTemplateOf(object)?.spec.containers.some(({ env }) =>
    env.some(({ name, valueFrom }) => name === "DATABASE_URL" && at(valueFrom, "secretKeyRef", "key") !== "uri"),
  ) === true;

const isCheck = (object: Manifest): boolean => object.metadata.labels?.[COMPONENT] === "check" && object.kind === "Pod";

const labelOf = ({ metadata }: PodTemplate, key: string): string | undefined => metadata.labels[key];

/** The pod that a role is made after: a group of dataplanes that may reach the datastores of the deployment, or the check. */
const originalOf = (role: Role, objects: readonly Manifest[]): PodTemplate | undefined => {
  const templates = objects.flatMap((object) => podTemplateOf(object) ?? []);
  const groups = templates.filter((template) => labelOf(template, COMPONENT) === "dataplane");
  const worker = groups.find((template) => labelOf(template, "touchstone/group") === "default") ?? groups[0];
  const check = templates.find((template) => labelOf(template, COMPONENT) === "check");
  return role === "worker" ? worker : role === "check" ? check : (check ?? worker);
};

/** A Secret or ConfigMap that is not there is told by the check of Secrets: the probe starts without it. */
const optional = (variable: Container["env"][number]): Container["env"][number] => {
  const [kind = "", reference] = Object.entries(variable.valueFrom ?? {})[0] ?? [];
  return reference === undefined || (kind !== "secretKeyRef" && kind !== "configMapKeyRef")
    ? variable
    : { name: variable.name, valueFrom: { [kind]: { ...Object(reference), optional: true } } };
};

/** Settings are in a ConfigMap that the installation brings. */
const settingsIn = (container: Container, objects: readonly Manifest[]): Container["env"] =>
  container.envFrom.flatMap(({ configMapRef }) => {
    const found = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === configMapRef?.name);
    return Object.entries(Object(found?.["data"] ?? {})).map(([name, value]) => ({ name, value: String(value) }));
  });

/** Volumes that are there before an installation: room for temporary files, and the authorities. */
const VOLUMES = ["tmp", "authorities"];

const volumesOf = ({ spec }: PodTemplate) =>
  spec.volumes
    .filter(({ name }) => VOLUMES.includes(name))
    .map((volume) => ("configMap" in volume ? { ...volume, configMap: { ...Object(volume["configMap"]), optional: true } } : volume));

/** What a look takes, whatever the pod it stands for takes. */
const RESOURCES = {
  requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
  limits: { memory: "256Mi", "ephemeral-storage": "64Mi" },
};
const KEPT_OF_SPEC = [
  "enableServiceLinks",
  "hostUsers",
  "imagePullSecrets",
  "nodeSelector",
  "tolerations",
  "securityContext",
  "priorityClassName",
];

const podSpec = (template: PodTemplate, targets: readonly ReachTarget[], objects: readonly Manifest[]) => {
  const [container] = template.spec.containers;
  const nodeAffinity = at(template.spec, "affinity", "nodeAffinity");
  return {
    ...Object.fromEntries(KEPT_OF_SPEC.flatMap((key) => (template.spec[key] === undefined ? [] : [[key, template.spec[key]]]))),
    ...(nodeAffinity === undefined ? {} : { affinity: { nodeAffinity } }),
    automountServiceAccountToken: false,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: "look",
        image: container?.image ?? "",
        imagePullPolicy: container?.["imagePullPolicy"],
        args: ["doctor", "--in-cluster", ...targets.flatMap((target) => ["--reach", reachText(target)])],
        env: container === undefined ? [] : [...settingsIn(container, objects), ...container.env.map(optional)],
        resources: RESOURCES,
        securityContext: container?.securityContext,
        volumeMounts: container?.volumeMounts.filter(({ name }) => VOLUMES.includes(name)),
      },
    ],
    volumes: volumesOf(template),
  };
};

/** The policies that hold for those pods, made for these alone: what is installed beside them is left as it is. */
const ownPolicies = (
  objects: readonly Manifest[],
  labels: Readonly<Record<string, string>>,
  name: string,
  marks: Readonly<Record<string, string>>,
) =>
  policiesFor(objects, labels).map((policy, index): Manifest => ({
    apiVersion: policy.apiVersion,
    kind: policy.kind,
    metadata: {
      name: `${name}-${index}`,
      ...(policy.metadata.namespace === undefined ? {} : { namespace: policy.metadata.namespace }),
      labels: { ...marks },
    },
    spec: { ...Object(policy["spec"]), podSelector: { matchLabels: { ...marks } } },
  }));

export type ProbePlan = { id: string; deployment: Deployment; namespace: string; objects: readonly Manifest[] };

/** The probes of a deployment: none of a role that it has no pods of. */
export const planProbes = ({ id, deployment, namespace, objects }: ProbePlan): Probe[] => {
  const isGuarded = objects.some(({ kind }) => kind === "NetworkPolicy");
  const roles: Role[] = ["worker", "check", ...(isGuarded ? ["open" as const] : [])];
  return roles.flatMap((role): Probe[] => {
    const template = originalOf(role, objects);
    if (template === undefined) return [];
    const name = `touchstone-preflight-${id}-${role}`;
    const marks = { [PROBE_LABEL]: id, [ROLE_LABEL]: role };
    const labels = role === "open" ? {} : template.metadata.labels;
    const targets = targetsOf(role, deployment, objects);
    const job: Manifest = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, namespace, labels: marks },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: PROBE_SECONDS_MAX,
        ttlSecondsAfterFinished: KEPT_SECONDS,
        template: { metadata: { labels: { ...labels, ...marks } }, spec: podSpec(template, targets, objects) },
      },
    };
    const policies = role === "open" ? [] : ownPolicies(objects, labels, name, marks);
    return [{ role, job, policies, image: template.spec.containers[0]?.image ?? "" }];
  });
};
