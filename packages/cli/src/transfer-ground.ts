/**
 * For tests: a deployment that is to be handed over. A trial cluster that asks who comes, a release in it by the real helm, and the real
 * control plane, which is replaced with what the Secrets hold whenever its Deployment is, and wraps its secrets when a Job says so.
 */
import { randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { openKubectl, type Kubectl } from "@touchstone/deploy/cluster/kubectl";
import { openHelm } from "@touchstone/deploy/cluster/helm";
import { CHART_FOLDER } from "@touchstone/deploy/chart/write";
import { chartValuesOf } from "@touchstone/deploy/deployment/chart-values";
import { Deployment } from "@touchstone/deploy/deployment/deployment";
import { at } from "@touchstone/deploy/kubernetes/manifest";
import type { People } from "@touchstone/deploy/trial/people";
import { startCluster } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import type { TrialTools } from "@touchstone/deploy/trial/tools";
import { rotateKeys } from "@touchstone/server/auth/rotation";
import { newKey } from "@touchstone/server/auth/seal";
import { issueToken } from "@touchstone/server/auth/tokens";
import { readConfig } from "@touchstone/server/config";
import { openPods, type Pods, type PodSecrets } from "@touchstone/server/trial/pods";
import { openTrial, type Trial } from "@touchstone/server/trial/trial";
import { newGround, type Ground } from "./terminal-ground.ts";

export const NAMESPACE = "data";
export const RELEASE = "quality";

export const DEPLOYMENT = {
  version: 1,
  name: RELEASE,
  model: "platform",
  owner: "Operator",
  fqdn: "quality.example.org",
  cluster: { namespace: NAMESPACE },
  cloud: {
    provider: "aws",
    region: "eu-central-1",
    inputs: { owner: "operator", operator_principals: ["arn:aws:iam::111111111111:role/ops"] },
  },
  values: { controlPlane: { podAnnotations: { "example.org/api-token": "canary-in-values" } } },
} as const;

/** Secrets that must stand in no document. */
export const CANARIES = ["canary-in-values", "canary-of-the-store"];

const PEOPLE: [token: string, name: string, groups: string[]][] = [
  ["operators-token", "ops@operator.example", ["operator:admins"]],
  ["customers-token", "dba@customer.example", ["customer:admins"]],
];

const RBAC = "rbac.authorization.k8s.io";
const bound = (kind: string, name: string, role: string, subjects: object[]) => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata: { name, ...(kind === "RoleBinding" ? { namespace: NAMESPACE } : {}) },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
  subjects: subjects.map((subject) => ({ apiGroup: RBAC, ...subject })),
});

const secretOf = (name: string, data: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: NAMESPACE },
  stringData: data,
});
/** As the API server stores it. */
const stored = ({ stringData, ...rest }: ReturnType<typeof secretOf>) => ({
  ...rest,
  data: Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
});

export const secretsIn = async (cluster: Cluster): Promise<PodSecrets> => {
  const textsOf = async (name: string): Promise<Record<string, string>> => {
    const found = await cluster.secret(NAMESPACE, name);
    return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
  };
  const keys = await textsOf("touchstone-keys");
  return {
    ring: keys["TOUCHSTONE_SECRET_KEYS"] ?? "",
    tokenKey: keys["TOUCHSTONE_TOKEN_KEY"] ?? "",
    dataplanes: await textsOf("touchstone-dataplanes"),
  };
};

/** What the nodes of a cluster would do: replace the pods of the API, and run the Job, each with the Secrets as they are when it starts. */
const runPods = (cluster: Cluster, trial: Trial, pods: Pods): { settled: () => Promise<void>; stop: () => void } => {
  let work: Promise<unknown> = Promise.resolve();
  const marks = new Map<string, unknown>();
  const stop = cluster.objects.listen((type, { kind }, object) => {
    if (type === "DELETED") return;
    const name = String(at(object, "metadata", "name"));
    const mark = at(object, "spec", "template", "metadata", "annotations", "touchstone.dev/transfer-restart");
    if (kind === "Deployment" && name === `${RELEASE}-touchstone` && mark !== marks.get(name)) {
      marks.set(name, mark);
      work = work.then(async () => pods.replace(await secretsIn(cluster)));
    }
    if (kind === "Job" && type === "ADDED" && name.startsWith("touchstone-transfer"))
      work = work.then(async () => {
        const { ring } = await secretsIn(cluster);
        const config = readConfig({}, { TOUCHSTONE_SECRET_KEYS: ring, DATABASE_URL: "postgres://trial" });
        await rotateKeys({ config, store: trial.store, tell: () => undefined });
      });
  });
  return { settled: () => work.then(() => undefined), stop };
};

export type TransferGround = {
  ground: Ground;
  cluster: Cluster;
  people: People;
  trial: Trial;
  pods: Pods;
  /** Of the operator and of the customer. */
  operator: string;
  customer: string;
  kubectl: Kubectl;
  settled: () => Promise<void>;
  /** An administrator of the customer's who signs in to the platform as it is now. */
  anew: () => Promise<{ token: string }>;
  /** A binding that lets a person in. */
  binding: (name: string, person: string) => object;
  close: () => Promise<void>;
};

const HOUR_MS = 3_600_000;

const signInAnew = async (cluster: Cluster, { store: { db } }: Trial): Promise<{ token: string }> => {
  const { id } = await db.selectFrom("user").where("email", "=", "admin@example.org").select("id").executeTakeFirstOrThrow();
  const expiresAt = new Date(Date.now() + HOUR_MS);
  return issueToken(db, Buffer.from((await secretsIn(cluster)).tokenKey, "base64"), { userId: id, name: "anew", expiresAt });
};

const fill = async (tools: TrialTools, cluster: Cluster, people: People): Promise<TransferGround> => {
  const access = { kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE };
  const kubectl = openKubectl(access, tools.env);
  const first: PodSecrets = {
    ring: newKey("k1"),
    tokenKey: randomBytes(32).toString("base64"),
    dataplanes: { default: `tsdp_${"0".repeat(40)}` },
  };
  for (const object of [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    stored(secretOf("touchstone-store", { DATABASE_URL: "postgres://touchstone:canary-of-the-store@127.0.0.1:1/touchstone" })),
    stored(secretOf("touchstone-keys", { TOUCHSTONE_SECRET_KEYS: first.ring, TOUCHSTONE_TOKEN_KEY: first.tokenKey })),
    stored(secretOf("touchstone-dataplanes", first.dataplanes)),
    bound("RoleBinding", "operators", "admin", [{ kind: "Group", name: "operator:admins" }]),
    bound("RoleBinding", "both", "view", [
      { kind: "User", name: "ops@operator.example" },
      { kind: "User", name: "dba@customer.example" },
    ]),
    bound("ClusterRoleBinding", "operators-wide", "view", [{ kind: "Group", name: "operator:admins" }]),
    bound("ClusterRoleBinding", "customers", "cluster-admin", [{ kind: "Group", name: "customer:admins" }]),
  ])
    await kubectl.create(object);
  const helm = await openHelm(access, tools.env);
  await helm.good("install", ["install", RELEASE, CHART_FOLDER, "--wait", "--timeout", "60s"], {
    values: chartValuesOf(Deployment.parse(DEPLOYMENT)),
  });
  await helm.close();
  const trial = await openTrial({ tokenKey: Buffer.from(first.tokenKey, "base64") });
  const pods = await openPods(trial, first);
  const nodes = runPods(cluster, trial, pods);
  const ground = newGround();
  ground.write("deployment.yaml", stringify(DEPLOYMENT));
  return {
    ground,
    cluster,
    people,
    trial,
    pods,
    operator: await cluster.kubeconfigOf("operators-token"),
    customer: await cluster.kubeconfigOf("customers-token"),
    kubectl,
    settled: nodes.settled,
    anew: () => signInAnew(cluster, trial),
    binding: (name, person) => bound("RoleBinding", name, "view", [{ kind: "User", name: person }]),
    close: async () => {
      nodes.stop();
      await nodes.settled();
      await pods.close();
      await trial.close();
      await cluster.close();
      ground.remove();
    },
  };
};

export const openTransferGround = async (tools: TrialTools): Promise<TransferGround> => {
  const people: People = new Map(PEOPLE.map(([token, name, groups]) => [token, { name, groups }]));
  const cluster = await startCluster({ people });
  try {
    return await fill(tools, cluster, people);
  } catch (thrown) {
    await cluster.close();
    throw thrown;
  }
};
