/** The whole preflight with the real kubectl and helm, against clusters in memory: one that is ready, and others that are not. */
import assert from "node:assert/strict";
import { after, afterEach, suite, test } from "node:test";
import type { Finding } from "@touchstone/core/model/finding";
import { reachTarget, reachText, type Reached, type ReachTarget } from "@touchstone/core/model/reach";
import { openHelm, type Helm } from "../cluster/helm.ts";
import { openKubectl, type Kubectl } from "../cluster/kubectl.ts";
import { deploymentIn } from "../deployment/read.ts";
import { at } from "../kubernetes/manifest.ts";
import { startCluster } from "../trial/backend.ts";
import type { Cluster, ClusterOptions } from "../trial/cluster.ts";
import { ISSUING, LEAF, LEAF_KEY, ROOT } from "../trial/certificates.ts";
import type { JsonObject } from "../trial/fields.ts";
import { NAMESPACE, namespace, node, READY, secret } from "../trial/ready-cluster.ts";
import { trialTools } from "../trial/tools.ts";
import { CHECKS } from "./checks.ts";
import { preflight, type PreflightOptions } from "./preflight.ts";
import { PROBE_LABEL } from "./probe-plan.ts";

const tools = await trialTools();
const NOW = new Date("2026-11-26T12:00:00Z");
const CANARIES = /canary|0123456789abcdef|MDEyMzQ1|c0ffee|PRIVATE KEY/;

const DEPLOYMENT = `version: 1
name: acme
model: customer
fqdn: quality.example.org
cluster: { namespace: ${NAMESPACE} }
secrets: { certificate: certificate }
release: { digests: { controlPlane: "sha256:${"1".repeat(64)}", dataplane: "sha256:${"2".repeat(64)}" } }
networks:
  datastores: { warehouse: { cidrs: [10.20.0.0/16], ports: [5432, 1521], host: warehouse.example.org } }
  identityProviders: [{ cidrs: [203.0.113.0/24], ports: [443], issuer: https://login.example.org }]
`;

/** What a pod in a good cluster would write, target by target. */
const answered = (target: ReachTarget, more: Partial<Reached> = {}): Reached => ({
  ...target,
  stopped: target.kind === "denied" ? "connection" : null,
  reason: target.kind === "denied" ? "no answer came in time" : null,
  addresses: target.kind === "store" ? [] : ["10.20.1.1"],
  milliseconds: 3,
  aheadSeconds: 0,
  store:
    target.kind === "store"
      ? { serverVersion: 160_004, tls: "TLSv1.3", mayCreateSchemas: true, mayCreateTables: true, hasTrigrams: true, isStandby: false }
      : null,
  ...more,
});

const argsOf = (pod: JsonObject): string[] => {
  const args = at(pod, "spec", "containers", 0, "args");
  return Array.isArray(args) ? args.map(String) : [];
};
/** A log as the doctor writes it, with `spoiled` answers in the place of good ones. */
const logOf =
  (spoiled: Readonly<Record<string, Partial<Reached>>> = {}) =>
  (pod: JsonObject): string => {
    const targets = argsOf(pod).flatMap((text) => reachTarget(text) ?? []);
    const lines = targets.map((target) => JSON.stringify(answered(target, spoiled[reachText(target)])));
    return `(node:1) a warning of another's\n${lines.join("\n")}\n`;
  };

suite("preflight", { skip: tools.absent ?? false }, () => {
  const open = { clusters: new Set<Cluster>(), helms: new Set<Helm>() };
  afterEach(async () => {
    for (const cluster of open.clusters) await cluster.close();
    open.clusters.clear();
  });
  after(async () => {
    for (const helm of open.helms) await helm.close();
  });

  type Trial = {
    cluster: Cluster;
    kubectl: Kubectl;
    look: (options?: PreflightOptions & { yaml?: string; signal?: AbortSignal }) => Promise<Finding[]>;
  };

  const begin = async (objects: readonly object[], options: ClusterOptions = {}): Promise<Trial> => {
    const cluster = await startCluster({ log: logOf(), ...options });
    open.clusters.add(cluster);
    const access = { kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE };
    const kubectl = openKubectl(access, tools.env);
    if (objects.length > 0) {
      const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
      assert.equal((await kubectl.run(["create", "-f", "-"], { input: list })).status, 0);
    }
    const helm = await openHelm(access, tools.env);
    open.helms.add(helm);
    const look: Trial["look"] = ({ yaml = DEPLOYMENT, signal = new AbortController().signal, ...rest } = {}) => {
      const deployment = deploymentIn(yaml, "deployment.yaml");
      const site = { deployment, kubectl, helm, tell: () => undefined, signal };
      return preflight(site, { now: NOW, resolve: async () => ["10.20.1.1"], ...rest });
    };
    return { cluster, kubectl, look };
  };
  const told = (findings: readonly Finding[], state: Finding["state"]): string[] =>
    findings.filter((finding) => finding.state === state).map(({ subject, found }) => `${subject}: ${found}`);
  const says = (lines: readonly string[], expected: readonly RegExp[]): void => {
    for (const one of expected)
      assert.ok(
        lines.some((line) => one.test(line)),
        `${one} is not told among\n${lines.join("\n")}`,
      );
  };

  test("https inside: a Secret that is not there, one for another name, an issuer that is public, and one that is good", async () => {
    const issuer = (name: string, spec: object) => ({
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name },
      spec,
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    const taken = secret("elsewhere", { "tls.crt": LEAF + ISSUING, "tls.key": LEAF_KEY, "ca.crt": ROOT }, "kubernetes.io/tls");
    const { look } = await begin([...READY, taken, issuer("public", { acme: {} }), issuer("company", { ca: { secretName: "ca" } })]);
    const cases: [string, RegExp][] = [
      ["secrets: { certificate: certificate, internal: none }", /^problem there is no Secret none/],
      ["secrets: { certificate: certificate, internal: elsewhere }", /^problem it is for DNS:quality\.example\.org/],
      ["internalIssuer: { name: public }", /^problem ClusterIssuer public asks a public authority/],
      ["internalIssuer: { name: company }", /^ok ClusterIssuer company is ready/],
    ];
    for (const [line, expected] of cases) {
      const yaml = line.startsWith("secrets") ? DEPLOYMENT.replace(/^secrets:.*$/m, line) : `${DEPLOYMENT}${line}\n`;
      const findings = await look({ yaml, only: ["internal-tls"] });
      assert.match(findings.map(({ state, found }) => `${state} ${found}`).join(), expected);
    }
  });

  test("a cluster that is ready: every check says so, and nothing is left behind", async () => {
    const { cluster, look } = await begin(READY);
    const seen: JsonObject[] = [];
    cluster.objects.listen((type, resource, object) => {
      if (type === "ADDED" && (resource.kind === "Job" || resource.kind === "NetworkPolicy")) seen.push(object);
    });
    const before = (await cluster.names(NAMESPACE)).toSorted();
    const findings = await look();
    assert.deepEqual([...told(findings, "problem"), ...told(findings, "unseen")], []);
    says(told(findings, "note"), [/^certificate: it leads to an authority of your own/, /^internal-tls: dataplanes speak plain http/]);
    assert.equal(told(findings, "note").length, 2);
    assert.deepEqual(
      [...new Set(findings.map(({ subject }) => subject))],
      CHECKS.map(({ id }) => id),
    );
    assert.deepEqual((await cluster.names(NAMESPACE)).toSorted(), before);
    assert.doesNotMatch(JSON.stringify(findings), CANARIES);

    const jobs = seen.filter((object) => object["kind"] === "Job");
    assert.equal(jobs.length, 4, "the worker's, the check's, one under no policy, and one with a claim");
    says(told(findings, "ok"), [/^claims: StorageClass fast: a volume was made/, /^bucket: backups go to no bucket/]);
    const worker = jobs.find((job) => at(job, "metadata", "labels", "touchstone/preflight-role") === "worker");
    assert.equal(at(worker, "spec", "template", "metadata", "labels", "app.kubernetes.io/component"), "dataplane");
    assert.match(String(at(worker, "spec", "template", "spec", "containers", 0, "image")), /dataplane@sha256:2{64}$/);
    const policies = seen.filter((object) => object["kind"] === "NetworkPolicy");
    assert.equal(policies.length, 4, "deny and its own, for the worker and for the check");
    for (const policy of policies) assert.ok(at(policy, "spec", "podSelector", "matchLabels", PROBE_LABEL) !== undefined);
  });

  test("before the namespace is there, what can be measured is", async () => {
    const nodes = READY.filter((object) => Reflect.get(object, "kind") !== "Secret" && at(object, "metadata", "name") !== NAMESPACE);
    const { cluster, look } = await begin(nodes);
    const findings = await look();
    says(told(findings, "ok"), [/^kubernetes/, /^room: /, /^storage/, /^ingress/, /^rights/, /^release/, /^backup/]);
    says(told(findings, "problem"), [/secrets: there is no Secret touchstone-store/, /certificate: there is no Secret/]);
    says(told(findings, "note"), [/pod-security: there is no namespace/]);
    says(told(findings, "unseen"), [
      /images: There is no namespace/,
      /store: There is no/,
      /datastores: There is no/,
      /policies: There is no/,
    ]);
    assert.ok(!(await cluster.names(NAMESPACE)).some((name) => name.startsWith("Job/")));
  });

  test("a cluster that is not ready, in many ways", async () => {
    const small = [
      node("node-a", { cpu: "4", memory: "8Gi" }),
      node("node-b", { spec: { unschedulable: true } }),
      node("node-c", { labels: { "kubernetes.io/arch": "arm64" } }),
      namespace(NAMESPACE),
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "tight", namespace: NAMESPACE },
        spec: { hard: { "requests.memory": "4Gi" } },
      },
      secret("touchstone-store", { URL: "canary" }),
      secret("touchstone-keys", { TOUCHSTONE_SECRET_KEYS: "canary", TOUCHSTONE_TOKEN_KEY: "canary" }),
      secret("certificate", { "tls.crt": "canary", "tls.key": "canary" }),
    ];
    const spoiled: Readonly<Record<string, Partial<Reached>>> = {
      "store=url": { store: null, stopped: "connection", reason: "no answer came in time" },
      "tcp=warehouse.example.org:1521": { stopped: "connection", reason: "nothing listens there" },
      "issuer=https://login.example.org": { stopped: "name", reason: "no such host is known", addresses: [] },
      "denied=api-server": { stopped: null, reason: null, addresses: ["172.20.0.1"] },
    };
    const { look } = await begin(small, { minor: "33", operators: false, log: logOf(spoiled) });
    const yaml = `${DEPLOYMENT}values: { monitoring: { serviceMonitor: { enabled: true } } }\n`;
    const findings = await look({ yaml, resolve: async () => [] });
    const problems = told(findings, "problem");
    says(problems, [
      /^kubernetes: trial: version 1\.33/,
      /^room: .* free on 1 of 3 nodes \(node-b is cordoned, node-c is linux\/arm64\)/,
      /^room: no node is so large for a pod of Deployment acme-touchstone-dataplane-default/,
      /^quotas: ResourceQuota tight leaves/,
      /^kinds: the cluster has no ServiceMonitor of monitoring\.coreos\.com\/v1/,
      /^storage: no StorageClass is the default/,
      /^secrets: Secret touchstone-store has no key DATABASE_URL/,
      /^secrets: TOUCHSTONE_SECRET_KEYS in Secret touchstone-keys is not what it should be/,
      /^secrets: there is no Secret touchstone-dataplanes/,
      /^ingress: no IngressClass is the default/,
      /^callers: .*ingress-nginx/,
      /^certificate: Secret certificate is of type Opaque/,
      /^policies: they are not enforced/,
      /^store: from inside: no answer came in time/,
      /^datastores: warehouse at warehouse\.example\.org:1521 .*nothing listens there/,
      /^sign-in: https:\/\/login\.example\.org: no such host/,
    ]);
    says(told(findings, "ok"), [/^datastores: warehouse at warehouse\.example\.org:5432/, /^images|^release/]);
    assert.doesNotMatch(JSON.stringify(findings), CANARIES);
    for (const { state, todo, found } of findings) if (state === "problem") assert.ok((todo ?? "") !== "", found);
  });

  test("what may not be read is unseen, and what may not be done is a problem", async () => {
    let isBound = false;
    const { look } = await begin(READY, {
      may: ({ namespace: where, resource, verb }) =>
        !isBound ||
        (where === NAMESPACE ? !(resource === "networkpolicies" && verb === "create") : resource === "namespaces" && verb === "get"),
    });
    isBound = true;
    const findings = await look({ only: ["room", "rights", "callers", "storage", "policies", "store", "images"] });
    says(told(findings, "unseen"), [
      /^room: .*nodes is forbidden/,
      /^storage: .*forbidden/,
      /^callers: .*forbidden/,
      /^policies: .*forbidden/,
      /^store: .*forbidden/,
      /^images: .*forbidden/,
    ]);
    says(told(findings, "problem"), [/^rights: you may not create networkpolicies\.networking\.k8s\.io/]);
    assert.equal(told(findings, "problem").length, 1);
  });

  test("backups in a bucket are tried as who they will be, which is made for it and gone again", async () => {
    const spoiled = {
      "bucket=s3://backups/prod": { stopped: "answer", reason: "s3://backups/prod/x could not be deleted: 403 AccessDenied" },
    } as const;
    const { look, cluster, kubectl } = await begin(READY, { log: logOf(spoiled) });
    const left = { name: "touchstone-backup", namespace: NAMESPACE, labels: { [PROBE_LABEL]: "killed-before" } };
    const accounts: JsonObject[] = [];
    const owners: unknown[] = [];
    cluster.objects.listen((type, resource, object) => {
      if (type === "ADDED" && resource.kind === "ServiceAccount") accounts.push(object);
      if (type === "MODIFIED" && resource.kind === "ServiceAccount") owners.push(at(object, "metadata", "ownerReferences", 0, "kind"));
    });
    const before = (await cluster.names(NAMESPACE)).toSorted();
    assert.ok(await kubectl.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: left }));
    accounts.length = 0;
    const role = "arn:aws:iam::123456789012:role/acme-backup";
    const bucket = `{url: s3://backups/prod, serviceAccount: touchstone-backup, serviceAccountAnnotations: {eks.amazonaws.com/role-arn: "${role}"}, egress: [{cidrs: [52.219.0.0/16], ports: [443]}]}`;
    const yaml = `${DEPLOYMENT}values: {backup: {bucket: ${bucket}}}\n`;
    const findings = await look({ yaml, only: ["bucket", "claims", "images"], now: new Date() });
    says(told(findings, "problem"), [/^bucket: s3:\/\/backups\/prod: .*could not be deleted: 403 AccessDenied/]);
    says(told(findings, "ok"), [/^claims: no volume is asked for/, /^images/]);
    assert.deepEqual(
      accounts.map((account) => [at(account, "metadata", "name"), at(account, "metadata", "annotations", "eks.amazonaws.com/role-arn")]),
      [["touchstone-backup", role]],
    );
    assert.deepEqual(owners, ["Job"], "it goes with its Job, where nobody is left to take it away");
    assert.deepEqual((await cluster.names(NAMESPACE)).toSorted(), before);
  });

  const keeping = READY.map((object) => (at(object, "kind") === "StorageClass" ? { ...object, reclaimPolicy: "Retain" } : object));

  test("a volume of a class that keeps them is tried, and is gone with its claim", async () => {
    const { look, cluster } = await begin(keeping);
    const seen: string[] = [];
    cluster.objects.listen((type, resource, object) => {
      if (resource.kind === "PersistentVolume") seen.push(`${type} ${String(at(object, "spec", "persistentVolumeReclaimPolicy"))}`);
    });
    says(told(await look({ only: ["claims"] }), "ok"), [/^claims: StorageClass fast: a volume was made, written to and given back/]);
    assert.deepEqual(seen, ["ADDED Retain", "MODIFIED Delete", "DELETED Delete"]);
  });

  test("a volume that was available before stays, with what is in it: it is not bound to the trial's claim, and not let go where it is", async () => {
    const { look, kubectl } = await begin(keeping);
    const rescued = (name: string, accessModes: string[]) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com" } },
      spec: { persistentVolumeReclaimPolicy: "Retain", storageClassName: "fast", accessModes },
      status: { phase: "Available" },
    });
    const standing = async () =>
      (await kubectl.list("persistentvolumes")).map((one) => [
        one.metadata.name,
        at(one, "spec", "persistentVolumeReclaimPolicy"),
        at(one, "status", "phase"),
      ]);
    assert.ok(await kubectl.create(rescued("pvc-usual", ["ReadWriteOnce"])));
    says(told(await look({ only: ["claims"] }), "ok"), [/^claims: StorageClass fast: a volume was made/]);
    assert.deepEqual(await standing(), [["pvc-usual", "Retain", "Available"]]);
    assert.ok(await kubectl.create(rescued("pvc-any", ["ReadWriteOnce", "ReadWriteOncePod"])));
    await look({ only: ["claims"] });
    assert.deepEqual(await standing(), [
      ["pvc-usual", "Retain", "Available"],
      ["pvc-any", "Retain", "Released"],
    ]);
  });

  test("who may not change volumes gets no claim of such a class, and is told why", async () => {
    const { look, cluster } = await begin(keeping, { may: ({ resource, verb }) => resource !== "persistentvolumes" || verb !== "patch" });
    const claims: JsonObject[] = [];
    cluster.objects.listen((_, resource, object) => void (resource.kind === "PersistentVolumeClaim" && claims.push(object)));
    says(told(await look({ only: ["claims"] }), "unseen"), [
      /^claims: StorageClass fast: it keeps its volumes .*you may not patch persistentvolumes/,
    ]);
    assert.deepEqual(claims, []);
  });

  test("volumes that a killed preflight has left go with the next, and no other does", async () => {
    const { look, cluster, kubectl } = await begin(keeping);
    const volume = (name: string, claim: string, more: object = {}, namespace = NAMESPACE) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com" } },
      spec: { persistentVolumeReclaimPolicy: "Retain", claimRef: { namespace, name: claim, uid: name.replace("pvc-", "") } },
      status: { phase: "Released" },
      ...more,
    });
    const dead = "touchstone-preflight-dead-volumes-0";
    for (const object of [
      volume("pvc-left", dead),
      volume("pvc-backups", "acme-touchstone-backup"),
      volume("pvc-elsewhere", dead, {}, "other"),
      volume("pvc-by-hand", dead, { metadata: { name: "pvc-by-hand" } }),
      volume("rescued", dead),
    ])
      assert.ok(await kubectl.create(object));
    await look({ only: ["claims"] });
    const left = (await kubectl.list("persistentvolumes")).map(({ metadata }) => metadata.name);
    assert.deepEqual(left.toSorted(), ["pvc-backups", "pvc-by-hand", "pvc-elsewhere", "rescued"]);
    assert.ok(!(await cluster.names(NAMESPACE)).some((name) => name.startsWith("PersistentVolumeClaim/")));
  });

  test("an image that cannot be pulled, and a pod that finds no place", async () => {
    const podStatus: ClusterOptions["podStatus"] = (pod) =>
      at(pod, "metadata", "labels", "touchstone/preflight-role") === "worker"
        ? {
            phase: "Pending",
            containerStatuses: [{ name: "look", state: { waiting: { reason: "ImagePullBackOff", message: "manifest unknown" } } }],
          }
        : null;
    const { look, cluster } = await begin(READY, { podStatus });
    const findings = await look({ only: ["images", "datastores", "store", "policies"] });
    says(told(findings, "problem"), [/^images: .*dataplane@sha256:2{64}: ImagePullBackOff: manifest unknown/]);
    says(told(findings, "unseen"), [/^datastores: warehouse: the pod that should look did not run/, /^policies/]);
    says(told(findings, "ok"), [/^store: Postgres 16\.4, TLSv1\.3/]);
    assert.ok(!(await cluster.names(NAMESPACE)).some((name) => /^(Job|NetworkPolicy|Pod)\//.test(name)));
  });

  test("who stops it leaves nothing behind", async () => {
    const { look, cluster } = await begin(READY, { podStatus: () => ({ phase: "Running" }) });
    const stop = new AbortController();
    cluster.objects.listen((type, resource) => type === "ADDED" && resource.kind === "Pod" && stop.abort());
    await assert.rejects(look({ only: ["images"], signal: stop.signal }), /aborted/);
    assert.ok(!(await cluster.names(NAMESPACE)).some((name) => /^(Job|NetworkPolicy|Pod)\//.test(name)));
  });

  test("what a killed preflight left is taken away by the next", async () => {
    const { look, cluster, kubectl } = await begin(READY);
    const labels = { [PROBE_LABEL]: "dead" };
    await kubectl.create({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "touchstone-preflight-dead-worker-0", namespace: NAMESPACE, labels },
      spec: { podSelector: { matchLabels: labels }, policyTypes: ["Egress"] },
    });
    await look({ only: ["images"], now: new Date(Date.now() + 3_600_000) });
    assert.ok(!(await cluster.names(NAMESPACE)).some((name) => name.startsWith("NetworkPolicy/")));
  });

  test("a name of a check that is none", async () => {
    const { look } = await begin([]);
    await assert.rejects(look({ only: ["rooms"] }), /OPTION_INVALID|rooms/);
  });
});
