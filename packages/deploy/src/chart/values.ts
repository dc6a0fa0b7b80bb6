/**
 * What may be said to the chart: one description, from which `values.yaml`, `values.schema.json` and the reference are made. A value
 * without a default here has one that follows from the size, or from other values.
 */
import { z } from "zod";
import { Bucket } from "./bucket-values.ts";
import {
  cidr,
  dataKey,
  Egress,
  labels,
  objectName,
  ParentRef,
  Peer,
  Placement,
  port,
  quantity,
  room,
  Resources,
  Variable,
  Volume,
  VolumeMount,
} from "./kubernetes-values.ts";
import { Settings } from "./settings.ts";
import { SIZE_DEFAULT, SIZE_NAMES } from "./sizes.ts";
import { InternalTls, Tls } from "./tls-values.ts";

const fqdn = z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/);
const digest = z.string().regex(/^(sha256:[a-f0-9]{64})?$/);
const tag = z.string().regex(/^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$/);
const repository = z.string().regex(/^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?$/);
const crontab = z.string().regex(/^(@(hourly|daily|weekly|monthly)|\S+ \S+ \S+ \S+ \S+)$/);

/** As packages/deploy/src/images/build.ts names them. Nothing is published under a name that somebody else may hold. */
export const IMAGES = {
  controlPlane: "localhost/touchstone/control-plane",
  dataplane: "localhost/touchstone/dataplane",
  updater: "localhost/touchstone/updater",
};

const image = (name: string) =>
  z
    .strictObject({
      repository: repository.default(name).describe("its name"),
      tag: tag.default("").describe("the chart's own version where empty; not looked at where there is a digest"),
      digest: digest.default("").describe("sha256:…: what runs is what was checked, whatever a tag says today"),
    })
    .prefault({})
    .describe("an image");

const storageClass = z.string().default("").describe("StorageClass; empty: the cluster's default");
const monitored = (docs: string, more: z.ZodRawShape = {}) =>
  z
    .strictObject({
      enabled: z.boolean().default(false).describe("whether it is made"),
      labels: labels.default({}).describe("labels by which the operator finds it"),
      ...more,
    })
    .prefault({})
    .describe(docs);

const pods = {
  resources: Resources.prefault({}).describe("instead of what the size asks for"),
  placement: Placement.partial().prefault({}).describe("instead of the placement of all pods, key by key"),
  podAnnotations: labels.default({}).describe("annotations of its pods"),
  extraEnv: z.array(Variable).default([]).describe("further environment variables; a secret only by secretKeyRef"),
  extraVolumes: z.array(Volume).default([]).describe("further volumes of its pods"),
  extraVolumeMounts: z.array(VolumeMount).default([]).describe("where they are mounted"),
  serviceAccountAnnotations: labels.default({}).describe("annotations of its ServiceAccount, such as those of a cloud's workload identity"),
};

const groupShape = {
  replicas: z.int().min(0).optional().describe("workers of the group; all of them are one dataplane to the control plane"),
  autoscaling: z
    .strictObject({
      enabled: z.boolean().default(false).describe("by the work there is for it, with KEDA"),
      min: z.int().min(0).default(1).describe("workers that are always there"),
      max: z.int().min(1).default(4).describe("workers at most"),
    })
    .prefault({})
    .describe("number of workers by the work that waits"),
  operations: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("operations that one worker does at a time; each has an engine with the memory below"),
  engineMemory: z
    .string()
    .regex(/^([0-9]+(\.[0-9]+)?(MB|GB|TB|MiB|GiB|TiB))?$/)
    .default("")
    .describe("memory of an engine, such as 20GiB; beyond it, work spills to disk"),
  threads: z.int().min(0).max(1024).default(0).describe("threads of an engine; 0 as the size says"),
  spill: z
    .strictObject({
      size: z
        .union([room, z.literal("")])
        .default("")
        .describe("room for what does not fit into memory"),
      storageClass: storageClass.describe("StorageClass of a volume made for each worker; empty: the node's own disk"),
    })
    .prefault({})
    .describe("where work spills to"),
  egress: z.array(Egress).default([]).describe("datastores its workers may reach; everything else is denied"),
  metadataService: z.boolean().default(false).describe("whether it may ask the cloud's metadata service (169.254.169.254) who it is"),
};
export const Group = z.strictObject({ ...groupShape, ...pods });

const Components = z.strictObject({
  controlPlane: z
    .strictObject({
      enabled: z.boolean().default(true).describe("false: only dataplanes, for a control plane elsewhere"),
      replicas: z.int().min(0).optional().describe("when not scaled by load"),
      autoscaling: z
        .strictObject({
          enabled: z.boolean().default(true).describe("by a HorizontalPodAutoscaler"),
          min: z.int().min(0).default(0).describe("0 as the size says"),
          max: z.int().min(0).default(0).describe("0 as the size says"),
          cpuPercent: z.int().min(1).max(100).default(70).describe("of what a pod asks for, on average"),
        })
        .prefault({})
        .describe("number of pods by load"),
      serviceAnnotations: labels.default({}).describe("annotations of the Service"),
      ...pods,
    })
    .prefault({})
    .describe("the API"),
  dataplanes: z
    .strictObject({
      server: z
        .string()
        .regex(/^(https?:\/\/[^\s/]+)?$/)
        .default("")
        .describe("the control plane they dial; empty: the one of this release, or else https:// and fqdn"),
      existingSecret: objectName.optional().describe("Secret with a token (tsdp_…) for each group, under the group's name"),
      defaults: Group.prefault({}).describe("what holds for each group that does not say otherwise"),
      groups: z
        .record(z.string().regex(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/), z.strictObject(groupShape).extend(pods).partial())
        .default({ default: {} })
        .describe("groups of workers, by name; datastores may be pinned to one. `default: null` leaves the usual one out"),
    })
    .prefault({})
    .describe("what works next to the data"),
});

const Store = z
  .strictObject({
    mode: z
      .enum(["external", "cloudnativepg", "demo"])
      .default("external")
      .describe(
        "external: a Postgres you have; cloudnativepg: a Cluster object for that operator; demo: an embedded store of one pod, not for production",
      ),
    existingSecret: objectName.optional().describe("Secret with the postgres:// URL of an external store"),
    secretKey: dataKey.default("DATABASE_URL").describe("its key"),
    port: port.default(5432).describe("port the store listens on, for the network policies"),
    demo: z
      .strictObject({ size: quantity.default("5Gi").describe("how large"), storageClass })
      .prefault({})
      .describe("volume of the embedded store"),
    cloudnativepg: z
      .strictObject({
        instances: z.int().min(1).default(3).describe("servers, one of them primary"),
        size: quantity.default("20Gi").describe("volume of each"),
        storageClass,
        imageName: z.string().default("").describe("image of Postgres; the operator's own where empty"),
        resources: Resources.prefault({ requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } }).describe("of each server"),
      })
      .prefault({})
      .describe("the Cluster object"),
  })
  .prefault({})
  .describe("the metadata store");

const Upkeep = z.strictObject({
  migrations: z
    .strictObject({
      mode: z
        .enum(["hook", "job", "external"])
        .optional()
        .describe(
          "hook: a Job of Helm before the release; job: a plain Job, for GitOps; external: you run `touchstone db migrate`. Where nothing is said, hook, or job with cloudnativepg",
        ),
      deadlineSeconds: z.int().min(1).default(900).describe("how long it may take"),
      backoffLimit: z.int().min(0).default(2).describe("how often it is tried again"),
    })
    .prefault({})
    .describe("bringing the schema of the store up to date"),
  backup: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe("a CronJob that writes the store into a volume or a bucket, and one, suspended, that restores it"),
      schedule: crontab.default("17 2 * * *").describe("when, in UTC"),
      keep: z.int().min(1).default(14).describe("files that stay"),
      existingClaim: z.string().default("").describe("PersistentVolumeClaim to write to; empty: one is made, and outlives the release"),
      size: quantity.default("10Gi").describe("of the one that is made"),
      storageClass,
      restoreFile: z.string().default("").describe("file that a restore reads; empty: the newest"),
      bucket: Bucket,
      extraEnv: z
        .array(Variable)
        .default([])
        .describe("further environment variables of its pods, such as those of a proxy; a secret only by secretKeyRef"),
    })
    .prefault({})
    .describe("copies of the metadata store"),
});

const paths = z
  .array(z.string().regex(/^\//))
  .min(1)
  .default(["/api"])
  .describe("what is reachable from outside: probes and metrics are not");

const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
const dnsPeers = [
  {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
    podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
  },
];
const inNamespace = (name: string) => [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }];

const Network = z.strictObject({
  internalTls: InternalTls,
  ingress: z
    .strictObject({
      enabled: z.boolean().default(true).describe("whether it is made"),
      className: z.string().default("").describe("IngressClass; empty: the cluster's default"),
      annotations: labels.default({}).describe("annotations of the Ingress"),
      paths,
      tls: Tls,
    })
    .prefault({})
    .describe("Ingress of the API"),
  gateway: z
    .strictObject({
      enabled: z.boolean().default(false).describe("whether it is made"),
      parentRefs: z.array(ParentRef).default([]).describe("the Gateway, which has the certificate"),
      annotations: labels.default({}).describe("annotations of the HTTPRoute"),
      paths,
    })
    .prefault({})
    .describe("HTTPRoute of the API, instead of an Ingress or beside it"),
  networkPolicy: z
    .strictObject({
      enabled: z.boolean().default(true).describe("everything that is not listed is denied, in and out"),
      dns: z
        .strictObject({
          peers: z.array(Peer).default(dnsPeers).describe("pods or networks that do"),
          ports: z.array(port).default([53]).describe("OpenShift's answers on 5353"),
        })
        .prefault({})
        .describe("who answers names"),
      callers: z
        .array(Peer)
        .default(inNamespace("ingress-nginx"))
        .describe("who may call the API besides the dataplanes: the ingress controller"),
      store: z.array(cidr).default(privateNetworks).describe("networks the external store is in"),
      identityProviders: z.array(Egress).default([]).describe("where the control plane may ask identity providers"),
      entrance: z
        .array(Egress)
        .default([])
        .describe("addresses of `fqdn`, for the check from inside; the pods that `callers` means are open to it already"),
      monitoring: z
        .array(Peer)
        .default(inNamespace("monitoring"))
        .describe("who may read the metrics: Prometheus, and KEDA where it scales"),
    })
    .prefault({})
    .describe("NetworkPolicies"),
});

const Monitoring = z
  .strictObject({
    serviceMonitor: monitored("a ServiceMonitor of the Prometheus operator", {
      interval: z.string().default("30s").describe("how often metrics are read"),
    }),
    rules: monitored("a PrometheusRule with alerts, each with a runbook", {
      runbooks: z.string().default("docs/runbooks").describe("address before the names of the runbooks, as your people reach them"),
    }),
    dashboards: monitored("a ConfigMap with a Grafana dashboard, found by a sidecar"),
  })
  .prefault({})
  .describe("needs the objects of the Prometheus operator and of Grafana's sidecar");

/** A token of a ServiceAccount lives ten minutes at least; a look with an upgrade, a backup before it and the way back takes longer than that. */
const LOOK_SECONDS_MIN = 600;

const Updater = z
  .strictObject({
    grade: z
      .enum(["none", "namespace-admin", "cluster-admin"])
      .default("none")
      .describe("what its ServiceAccount may do; none: there is no updater, and you upgrade"),
    schedule: crontab.default("7,37 * * * *").describe("when it looks at its channel, in UTC"),
    deadlineSeconds: z.int().min(LOOK_SECONDS_MIN).default(7200).describe("how long a look may take, with the upgrade it leads to"),
    egress: z
      .array(Egress)
      .default([])
      .describe(
        "where the pointer of its channel, the chart's registry and that of images whose signatures it verifies are; everything else is denied",
      ),
    apiServer: z
      .strictObject({
        cidrs: z.array(cidr).min(1).default(privateNetworks).describe("networks the API server is in"),
        ports: z.array(port).min(1).default([443, 6443]).describe("TCP ports it listens on"),
      })
      .prefault({})
      .describe("Kubernetes' own API, which it alone of all pods may reach"),
    registrySecret: z
      .string()
      .default("")
      .describe(
        "Secret of type kubernetes.io/dockerconfigjson for the registries of the chart, of the pointer, and of images whose signatures it verifies",
      ),
    resources: Resources.prefault({}).describe("instead of what the size asks for"),
    placement: Placement.partial().prefault({}).describe("instead of the placement of all pods, key by key"),
    extraEnv: z.array(Variable).default([]).describe("further environment variables, such as HTTPS_PROXY; a secret only by secretKeyRef"),
  })
  .prefault({})
  .describe("pushed upgrades: an updater that pulls signed releases, once ConfigMap touchstone-upgrades allows it");

export const Values = z.strictObject({
  global: z
    .looseObject({
      imageRegistry: z.string().default("").describe("registry instead of the one in the images' names: a mirror, for an air gap"),
    })
    .prefault({}),
  nameOverride: z.string().default("").describe("instead of `touchstone` in the names of objects"),
  fqdn: fqdn.describe("name under which this installation is reached over https, such as quality.example.org"),
  size: z.enum(SIZE_NAMES).default(SIZE_DEFAULT).describe("how much everything asks for: the table of sizes"),
  images: z
    .strictObject({
      controlPlane: image(IMAGES.controlPlane),
      dataplane: image(IMAGES.dataplane),
      updater: image(IMAGES.updater),
      pullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).default("IfNotPresent").describe("when a node pulls an image"),
      pullSecrets: z.array(objectName).default([]).describe("Secrets of type kubernetes.io/dockerconfigjson"),
    })
    .prefault({})
    .describe("what runs"),
  store: Store,
  keys: z
    .strictObject({
      existingSecret: objectName.optional().describe("Secret with both keys"),
      sealing: dataKey.default("TOUCHSTONE_SECRET_KEYS").describe("its key with what seals stored secrets, `id:base64` of 32 bytes each"),
      signing: dataKey.default("TOUCHSTONE_TOKEN_KEY").describe("its key with what signs tokens, 32 bytes in base64"),
    })
    .prefault({})
    .describe("the keys of the installation: keep a copy apart from the backups"),
  settings: Settings.prefault({}).describe("settings of the control plane; what is not given is as the program says"),
  authorities: z
    .strictObject({
      configMap: z.string().default("").describe("its name; empty: none"),
      key: dataKey.default("ca.crt").describe("its key"),
    })
    .prefault({})
    .describe("ConfigMap with further certificate authorities in PEM: of the store, identity providers, a proxy"),
  ...Components.shape,
  ...Upkeep.shape,
  ...Network.shape,
  placement: Placement.prefault({}).describe("where pods run"),
  podDisruptionBudgets: z.boolean().default(true).describe("at most one pod of a kind is taken away at a time"),
  openshift: z.boolean().default(false).describe("users and groups are left to the cluster (restricted-v2)"),
  hostUsers: z.boolean().default(true).describe("false: pods get user namespaces of their own, where nodes can"),
  monitoring: Monitoring,
  updater: Updater,
  commonLabels: labels.default({}).describe("labels of every object"),
  extraObjects: z
    .array(z.looseObject({}))
    .default([])
    .describe(
      "further objects; templates are rendered. An ExternalSecret is made before the release, not here: the migration of an installation reads its Secret first",
    ),
});

export type Values = z.input<typeof Values>;
