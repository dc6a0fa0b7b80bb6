/**
 * What the infrastructure tells, as values of the chart: which pods go to which nodes, which storage classes there are, what workers may
 * reach. And what no value can say, because it goes into a Secret or to another namespace: told to people. Pure.
 */
import { merged } from "../deployment/chart-values.ts";
import type { Deployment, Provider } from "../deployment/deployment.ts";
import type { Outputs } from "./outputs.ts";

type Tree = { [key: string]: unknown };

const POOL = "touchstone.dev/pool";
const CIDR_DEFAULT = "10.40.0.0/16";

/** The templates' pools: one for what answers people, which is not tainted, and those for workers, which are. */
const placementOf = ({ node_labels }: Outputs): Tree => {
  const pools = new Set(Object.values(node_labels).flatMap((labels) => labels[POOL] ?? []));
  return {
    ...(pools.has("app") ? { placement: { nodeSelector: { [POOL]: "app" } } } : {}),
    ...(pools.has("work")
      ? {
          dataplanes: {
            defaults: {
              placement: {
                nodeSelector: { [POOL]: "work" },
                tolerations: [{ key: POOL, operator: "Equal", value: "work", effect: "NoSchedule" }],
              },
            },
          },
        }
      : {}),
  };
};

/** What is kept goes on the class that is kept; deployment.yaml goes before both. */
const storageOf = ({ storage_classes }: Outputs, { cluster }: Deployment): Tree => {
  const has = (name: string): boolean => cluster.storageClass === "" && storage_classes.includes(name);
  return {
    ...(has("touchstone-data")
      ? { backup: { storageClass: "touchstone-data" }, store: { cloudnativepg: { storageClass: "touchstone-data" } } }
      : {}),
    ...(has("touchstone-scratch") ? { dataplanes: { defaults: { spill: { storageClass: "touchstone-scratch" } } } } : {}),
  };
};

type Egress = { cidrs: string[]; ports: number[] };
const sorted = (ports: Iterable<number>): number[] => [...new Set(ports)].toSorted((a, b) => a - b);

const portsOf = (endpoint: object): number[] => {
  const ports: unknown = Reflect.get(endpoint, "ports");
  return Array.isArray(ports) ? ports.filter((port): port is number => typeof port === "number") : [];
};
const textAt = (value: unknown, key: string): string | null => {
  const found: unknown = Reflect.get(Object(value), key);
  return typeof found === "string" ? found : null;
};

/** Endpoints have an address in the deployment's own network; on Oracle Cloud they are a network, which the deployment names. */
const endpointsOf = ({ cloud }: Deployment): Egress[] =>
  Object.values(cloud?.connectivity.private_endpoints ?? {}).flatMap((endpoint) => {
    const ports = sorted(portsOf(endpoint));
    const cidr = textAt(endpoint, "cidr") ?? textAt(cloud?.inputs, "cidr") ?? CIDR_DEFAULT;
    return ports.length === 0 ? [] : [{ cidrs: [cidr], ports }];
  });

/** Networks behind transit and VPN have no ports of their own: those of the datastores that are named, and none where none is. */
const egressOf = ({ datastore_networks }: Outputs, deployment: Deployment): Egress[] => {
  const said = Object.values(deployment.networks.datastores).map(({ cidrs, ports }) => ({ cidrs, ports }));
  const ports = sorted(said.flatMap((datastore) => datastore.ports));
  const behind = datastore_networks.length === 0 || ports.length === 0 ? [] : [{ cidrs: datastore_networks, ports }];
  return [...said, ...behind, ...endpointsOf(deployment)];
};

const reachOf = (outputs: Outputs, deployment: Deployment): Tree => {
  const egress = egressOf(outputs, deployment);
  return egress.length === 0 ? {} : { dataplanes: { groups: { default: { egress } } } };
};

/** Annotations by which a ServiceAccount gets its identity; on AWS and Oracle Cloud the cloud knows it by its name. */
const ANNOTATIONS: Readonly<Record<Provider, string | null>> = {
  aws: null,
  azure: "azure.workload.identity/client-id",
  gcp: "iam.gke.io/gcp-service-account",
  oci: null,
};

/** Which ServiceAccount the identity of backups is for, on every cloud. */
const BACKUP_ACCOUNT = { namespace: "touchstone", name: "touchstone-backup" };

const identityAnnotation = (provider: Provider, identity: string | undefined): Record<string, string> => {
  const annotation = ANNOTATIONS[provider];
  return annotation === null || identity === undefined ? {} : { [annotation]: identity };
};

const SCHEMES: Readonly<Record<Provider, string | null>> = { aws: "s3", azure: "az", gcp: "gs", oci: null };

/** The whole internet at one port, which the object store and what gives its identity have addresses of; nothing else in the pod dials. */
const PUBLIC_HTTPS = [{ cidrs: ["0.0.0.0/0"], ports: [443] }];

/** Oracle's workloads have identities in its own protocol only, and the templates' are for one namespace: elsewhere people say it. */
const bucketOf = ({ backup, workload_identity }: Outputs, { cloud, cluster, values }: Deployment): Tree => {
  const scheme = cloud === undefined ? null : SCHEMES[cloud.provider];
  if (backup === undefined || cloud === undefined || scheme === null || cluster.namespace !== BACKUP_ACCOUNT.namespace) return {};
  // Who names a claim wants them there, and the chart takes no two places.
  if ((textAt(values["backup"], "existingClaim") ?? "") !== "") return {};
  const bucket = {
    url: `${scheme}://${backup.bucket}`,
    ...(cloud.provider === "aws" ? { region: cloud.region } : {}),
    serviceAccount: BACKUP_ACCOUNT.name,
    serviceAccountAnnotations: identityAnnotation(cloud.provider, workload_identity["backup"]),
    egress: PUBLIC_HTTPS,
  };
  return { backup: { bucket } };
};

/** Values of the chart that follow from what was made. */
export const valuesFromOutputs = (outputs: Outputs, deployment: Deployment): Tree =>
  [
    placementOf(outputs),
    storageOf(outputs, deployment),
    reachOf(outputs, deployment),
    bucketOf(outputs, deployment),
    outputs.database === undefined ? {} : { store: { port: outputs.database.port } },
  ].reduce((under, over) => merged(under, over), {});

/** The deployment with these values under its own: what is installed. */
export const withOutputs = (deployment: Deployment, outputs: Outputs): Deployment => ({
  ...deployment,
  values: merged(valuesFromOutputs(outputs, deployment), deployment.values),
});

/** Which ServiceAccount each identity of the templates is for. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  backup: `${BACKUP_ACCOUNT.namespace}/${BACKUP_ACCOUNT.name}`,
  secrets: "external-secrets/external-secrets",
  volumes: "kube-system/ebs-csi-controller-sa",
};

const ORACLE =
  ": its S3 interface takes customer secret keys only, by backup.bucket.existingSecret and backup.bucket.endpoint=https://NAMESPACE.compat.objectstorage.REGION.oraclecloud.com";

export type Fact = { subject: string; says: string };

/** What people have to do with by themselves, a line each. */
export const factsOf = (outputs: Outputs, { cloud, secrets }: Deployment): Fact[] => {
  const { database, backup, workload_identity, datastore_endpoints, capacity } = outputs;
  const annotation = cloud === undefined ? null : ANNOTATIONS[cloud.provider];
  const identities = Object.entries(workload_identity).map(([name, identity]) => ({
    subject: `identity ${name}`,
    says: `${ACCOUNTS[name] ?? name}${annotation === null ? ` is ${identity}` : `: annotation ${annotation}=${identity}`}`,
  }));
  return [
    ...(outputs.cluster_name === undefined ? [] : [{ subject: "cluster", says: outputs.cluster_name }]),
    ...(outputs.kubeconfig_command === undefined ? [] : [{ subject: "access", says: outputs.kubeconfig_command }]),
    ...(capacity === undefined ? [] : [{ subject: "capacity", says: `${capacity.cores} cores, ${capacity.memory_gb} GB` }]),
    ...(database === undefined
      ? []
      : [
          {
            subject: "store",
            says: `DATABASE_URL of Secret ${secrets.store} is postgres://${database.user}:PASSWORD@${database.host}:${database.port}/${database.name}?sslmode=verify-full; the password is in ${database.secret_ref ?? "your hands"}`,
          },
        ]),
    ...(backup === undefined ? [] : [{ subject: "backup", says: `bucket ${backup.bucket}${cloud?.provider === "oci" ? ORACLE : ""}` }]),
    ...identities,
    ...Object.entries(datastore_endpoints).map(([name, host]) => ({ subject: `datastore ${name}`, says: `is reached as ${host}` })),
  ];
};
