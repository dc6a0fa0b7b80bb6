/**
 * What is started in the namespace to look from inside: up to five Jobs of the product's own images, and the network policies that an
 * installation would bring, made for them. Pure.
 *
 * `worker` has the labels, nodes and policies of a dataplane, `check` those of the check that `helm test` runs, `open` no policy of ours, to
 * see what policies keep out; `backup` is who backups into a bucket are, by its ServiceAccount; `volumes` mounts a small claim of each
 * class. A pod with a dataplane's labels is also under whatever else in the namespace selects these; while it runs,
 * a PodDisruptionBudget of dataplanes counts it and allows no eviction.
 */
import { reachText, type ReachTarget } from "@touchstone/core/model/reach";
import type { Deployment } from "../deployment/deployment.ts";
import { at, podTemplateOf, type Container, type Manifest, type PodTemplate } from "../kubernetes/manifest.ts";
import { policiesFor } from "../kubernetes/reach.ts";

export const PROBE_LABEL = "touchstone/preflight";
const ROLE_LABEL = "touchstone/preflight-role";
const COMPONENT = "app.kubernetes.io/component";

/** How long a pod may be pulled, started and tried. */
export const PROBE_SECONDS_MAX = 120;
/** When a Job's time is over its pod is deleted, and with it the reason why it did not run: we are done before. */
const JOB_SECONDS_MAX = PROBE_SECONDS_MAX + 60;
/** Kubernetes takes away what a killed preflight has left. */
const KEPT_SECONDS = 300;

export type Role = "worker" | "check" | "open" | "backup" | "volumes";
/** `account`: the ServiceAccount that the pod runs as, made where there is none before an installation. */
export type Probe = { role: Role; job: Manifest; policies: Manifest[]; claims: Manifest[]; account: Manifest | null; image: string };

const HTTPS = 443;
const API_SERVER: ReachTarget = { kind: "denied", to: "api-server" };

/** An object store, or a warehouse in a cloud, is asked by https at once; databases have words of their own before they encrypt. */
export const datastoreTargets = ({ host, ports, https }: Deployment["networks"]["datastores"][string]): ReachTarget[] =>
  host === undefined
    ? []
    : ports.map((port) =>
        (https ?? port === HTTPS)
          ? { kind: "web", to: `https://${host}${port === HTTPS ? "" : `:${port}`}/` }
          : { kind: "tcp", to: `${host}:${port}` },
      );

/** What each role tries. */
const targetsOf = (role: Exclude<Role, "volumes">, { networks, fqdn }: Deployment, objects: readonly Manifest[]): ReachTarget[] => {
  switch (role) {
    case "worker":
      return [
        ...Object.values(networks.datastores).flatMap(datastoreTargets),
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
    case "backup": {
      const bucket = bucketIn(objects);
      return bucket === null ? [] : [{ kind: "bucket", to: bucket }];
    }
    default:
      return role satisfies never;
  }
};

/** An external store has its URL in a Secret that is there before; CloudNativePG makes it later. */
export const hasStoreUrl = (object: Manifest): boolean =>
  podTemplateOf(object)?.spec.containers.some(({ env }) =>
    env.some(({ name, valueFrom }) => name === "DATABASE_URL" && typeof at(valueFrom, "secretKeyRef", "key") === "string"),
  ) === true;

/** Where backups go, as their CronJob is told; null where they stay on a volume, or there are none. */
export const bucketIn = (objects: readonly Manifest[]): string | null => {
  const args = templatesOf(objects, "backup").flatMap(({ spec }) => spec.containers[0]?.args ?? []);
  return args.find((arg) => /^[a-z0-9]+:\/\//.test(arg)) ?? null;
};

const templatesOf = (objects: readonly Manifest[], component: string): PodTemplate[] =>
  objects.flatMap((object) => podTemplateOf(object) ?? []).filter((template) => labelOf(template, COMPONENT) === component);

const isCheck = (object: Manifest): boolean => object.metadata.labels?.[COMPONENT] === "check" && object.kind === "Pod";

const labelOf = ({ metadata }: PodTemplate, key: string): string | undefined => metadata.labels[key];

/** The pod that a role is made after: a group of dataplanes that may reach the datastores of the deployment, or the check. */
const originalOf = (role: Role, objects: readonly Manifest[]): PodTemplate | undefined => {
  const groups = templatesOf(objects, "dataplane");
  const worker = groups.find((template) => labelOf(template, "touchstone/group") === "default") ?? groups[0];
  const [check] = templatesOf(objects, "check");
  switch (role) {
    case "worker":
      return worker;
    case "check":
      return check;
    case "backup":
      return templatesOf(objects, "backup")[0];
    case "open":
    case "volumes":
      return check ?? worker;
    default:
      return role satisfies never;
  }
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
  const { serviceAccountName } = template.spec;
  const nodeAffinity = at(template.spec, "affinity", "nodeAffinity");
  return {
    ...Object.fromEntries(KEPT_OF_SPEC.flatMap((key) => (template.spec[key] === undefined ? [] : [[key, template.spec[key]]]))),
    ...(nodeAffinity === undefined ? {} : { affinity: { nodeAffinity } }),
    // Only a cloud's own agents give it something by this; Kubernetes' token is not mounted.
    ...(serviceAccountName === undefined || labelOf(template, COMPONENT) !== "backup" ? {} : { serviceAccountName }),
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

/** `classes`: the StorageClasses of which a claim is made and given back; "" is the cluster's default. */
export type ProbePlan = { id: string; deployment: Deployment; namespace: string; objects: readonly Manifest[]; classes: readonly string[] };

const jobOf = (
  name: string,
  namespace: string,
  marks: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
  spec: object,
): Manifest => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, namespace, labels: marks },
  spec: {
    backoffLimit: 0,
    activeDeadlineSeconds: JOB_SECONDS_MAX,
    ttlSecondsAfterFinished: KEPT_SECONDS,
    template: { metadata: { labels: { ...labels, ...marks } }, spec },
  },
});

const accountOf = (template: PodTemplate, objects: readonly Manifest[], marks: Readonly<Record<string, string>>): Manifest | null => {
  const found = objects.find(({ kind, metadata }) => kind === "ServiceAccount" && metadata.name === template.spec.serviceAccountName);
  if (found === undefined || labelOf(template, COMPONENT) !== "backup") return null;
  return { ...found, metadata: { ...found.metadata, labels: { ...marks } } };
};

/** The least that a claim may ask for: a cloud whose disks are larger makes a larger one. */
const CLAIM_SIZE = "1Gi";

/**
 * One pod writes to it. An available volume that was made for a usual claim (ReadWriteOnce) has not this mode, and so is not bound to the
 * trial's instead of a new one; a driver is asked for the same (kubernetes.io/docs/concepts/storage/persistent-volumes, Access Modes).
 */
const ACCESS = "ReadWriteOncePod";

const claimOf = (name: string, namespace: string, marks: Readonly<Record<string, string>>, storageClass: string): Manifest => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace, labels: { ...marks } },
  spec: {
    accessModes: [ACCESS],
    ...(storageClass === "" ? {} : { storageClassName: storageClass }),
    resources: { requests: { storage: CLAIM_SIZE } },
  },
});

export const claimFolder = (index: number): string => `/claims/${index}`;

/** A pod that writes into a claim of each class. Its group owns what is mounted, as that of every pod with a volume. */
const volumesProbe = ({ id, namespace, objects, classes }: ProbePlan): Probe[] => {
  const template = originalOf("volumes", objects);
  if (template === undefined || classes.length === 0) return [];
  const name = `touchstone-preflight-${id}-volumes`;
  const marks = { [PROBE_LABEL]: id, [ROLE_LABEL]: "volumes" };
  const claims = classes.map((storageClass, index) => claimOf(`${name}-${index}`, namespace, marks, storageClass));
  const targets = classes.map((_, index): ReachTarget => ({ kind: "volume", to: claimFolder(index) }));
  const spec = podSpec(template, targets, objects);
  const user: unknown = at(spec, "securityContext", "runAsUser");
  const withClaims = {
    ...spec,
    securityContext: { ...Object(at(spec, "securityContext")), ...(user === undefined ? {} : { fsGroup: user }) },
    containers: spec.containers.map((container) => ({
      ...container,
      volumeMounts: [
        ...(container.volumeMounts ?? []),
        ...claims.map((_, index) => ({ name: `claim-${index}`, mountPath: claimFolder(index) })),
      ],
    })),
    volumes: [
      ...spec.volumes,
      ...claims.map(({ metadata }, index) => ({ name: `claim-${index}`, persistentVolumeClaim: { claimName: metadata.name } })),
    ],
  };
  const job = jobOf(name, namespace, marks, {}, withClaims);
  return [{ role: "volumes", job, policies: [], claims, account: null, image: template.spec.containers[0]?.image ?? "" }];
};

/** The probes of a deployment: none of a role that it has no pods of. */
export const planProbes = (plan: ProbePlan): Probe[] => {
  const { id, deployment, namespace, objects } = plan;
  const isGuarded = objects.some(({ kind }) => kind === "NetworkPolicy");
  const roles = [
    "worker",
    "check",
    ...(isGuarded ? ["open" as const] : []),
    ...(bucketIn(objects) === null ? [] : ["backup" as const]),
  ] as const;
  const reaching = roles.flatMap((role): Probe[] => {
    const template = originalOf(role, objects);
    if (template === undefined) return [];
    const name = `touchstone-preflight-${id}-${role}`;
    const marks = { [PROBE_LABEL]: id, [ROLE_LABEL]: role };
    const labels = role === "open" ? {} : template.metadata.labels;
    const job = jobOf(name, namespace, marks, labels, podSpec(template, targetsOf(role, deployment, objects), objects));
    const policies = role === "open" ? [] : ownPolicies(objects, labels, name, marks);
    const account = accountOf(template, objects, marks);
    return [{ role, job, policies, claims: [], account, image: template.spec.containers[0]?.image ?? "" }];
  });
  return [...reaching, ...volumesProbe(plan)];
};
