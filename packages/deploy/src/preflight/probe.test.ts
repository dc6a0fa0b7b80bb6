/** The pods that look from inside: what Kubernetes takes, what their policies let through, and how they end. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { CHART_FOLDER } from "../chart/write.ts";
import { deploymentIn } from "../deployment/read.ts";
import { at, Manifest, manifestsOf, podTemplateOf } from "../kubernetes/manifest.ts";
import { reaches, type End } from "../kubernetes/reach.ts";
import { hardeningViolations, restrictedViolations } from "../kubernetes/restricted.ts";
import { meaningProblems } from "../kubernetes/semantics.ts";
import { fieldProblems } from "../kubernetes/validate.ts";
import { endOf, withEvent, type Where } from "./probe.ts";
import { planProbes, type Probe } from "./probe-plan.ts";

const golden = (name: string): Manifest[] => manifestsOf(readFileSync(join(CHART_FOLDER, "../golden", name), "utf8"));
const deployment = deploymentIn(
  "version: 1\nname: quality\nmodel: customer\nfqdn: quality.example.org\nnetworks: {datastores: {sales: {cidrs: [10.20.0.0/16], ports: [5432], host: db.example.org}}}\n",
  "deployment.yaml",
);
const plan = (name: string, classes: readonly string[] = [""]): Probe[] =>
  planProbes({ id: "c0de", deployment, namespace: "data", objects: golden(name), classes });
const templateOf = (probe: Probe) => podTemplateOf(probe.job) ?? assert.fail();
const argsOf = (probe: Probe): string[] => templateOf(probe).spec.containers.flatMap(({ args }) => args);

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "external.yaml": ["worker", "check", "open", "volumes"],
  "groups.yaml": ["worker", "check", "open", "backup", "volumes"],
  "airgap-openshift.yaml": ["worker", "check", "open", "volumes"],
  "cloudnativepg-gateway.yaml": ["worker", "check", "open", "backup", "volumes"],
  "dataplanes-only.yaml": ["worker", "open", "volumes"],
  "demo.yaml": ["check", "open", "volumes"],
};

for (const [example, roles] of Object.entries(EXAMPLES))
  suite(example, () => {
    test("each role has a pod, where the deployment has one like it", () =>
      assert.deepEqual(
        plan(example).map(({ role }) => role),
        roles,
      ));

    test("Kubernetes takes them, under the restricted standard and more", () => {
      for (const probe of plan(example)) {
        const template = templateOf(probe);
        assert.deepEqual([...restrictedViolations(template), ...hardeningViolations(template)], []);
        for (const object of [probe.job, ...probe.policies, ...probe.claims, ...(probe.account === null ? [] : [probe.account])])
          assert.deepEqual([...(fieldProblems(object) ?? []), ...meaningProblems(object)], []);
      }
    });

    test("no secret is in them but by its name, and nothing they name has to be there", () => {
      for (const probe of plan(example)) {
        const { containers, volumes } = templateOf(probe).spec;
        for (const { name, valueFrom } of containers.flatMap(({ env }) => env))
          if (valueFrom !== undefined) assert.equal(at(Object.values(valueFrom)[0], "optional"), true, name);
        assert.deepEqual(
          volumes.filter((volume) => "secret" in volume || ("persistentVolumeClaim" in volume && probe.role !== "volumes")),
          [],
        );
        // By it alone a cloud knows who a backup is.
        assert.equal(templateOf(probe).spec.serviceAccountName, probe.account?.metadata.name);
        assert.equal(probe.account !== null, probe.role === "backup");
      }
    });
  });

suite("under their policies", () => {
  const pod = (labels: Readonly<Record<string, string>>): End => ({
    kind: "pod",
    namespace: "data",
    namespaceLabels: { "kubernetes.io/metadata.name": "data" },
    labels,
    ports: {},
  });
  const probes = plan("external.yaml");
  const policies = probes.flatMap((probe) => probe.policies);
  const from = (role: string): End => pod(templateOf(probes.find((probe) => probe.role === role) ?? assert.fail()).metadata.labels);
  const CASES: readonly { role: string; to: string; port: number; is: boolean }[] = [
    { role: "worker", to: "10.20.7.8", port: 5432, is: true },
    { role: "worker", to: "10.21.7.8", port: 5432, is: false },
    { role: "worker", to: "172.20.0.1", port: 443, is: false },
    { role: "check", to: "10.1.2.3", port: 5432, is: true },
    { role: "check", to: "10.1.2.3", port: 22, is: false },
    { role: "open", to: "172.20.0.1", port: 443, is: true },
  ];
  for (const { role, to, port, is } of CASES)
    test(`${role} to ${to}:${port} is ${is ? "open" : "closed"}`, () =>
      assert.equal(reaches(policies, { from: from(role), to: { kind: "address", address: to }, port, protocol: "TCP" }), is));

  test("they hold for the probes alone", () => {
    const stranger = pod({
      "app.kubernetes.io/name": "touchstone",
      "app.kubernetes.io/instance": "quality",
      "app.kubernetes.io/component": "dataplane",
    });
    assert.ok(reaches(policies, { from: stranger, to: { kind: "address", address: "203.0.113.1" }, port: 1, protocol: "TCP" }));
  });
});

test("who backups are is tried with their bucket, and each class with a claim of its own", () => {
  const backup = plan("groups.yaml").find(({ role }) => role === "backup") ?? assert.fail();
  assert.deepEqual(argsOf(backup), ["doctor", "--in-cluster", "--reach", "bucket=s3://quality-backups/prod"]);
  assert.equal(backup.account?.metadata.annotations?.["eks.amazonaws.com/role-arn"], "arn:aws:iam::123456789012:role/quality-backup");
  assert.equal(backup.account.metadata.labels?.["app.kubernetes.io/managed-by"], undefined, "it is preflight's own, and goes with it");
  const azure = plan("cloudnativepg-gateway.yaml").find(({ role }) => role === "backup") ?? assert.fail();
  assert.equal(templateOf(azure).metadata.labels["azure.workload.identity/use"], "true");

  const volumes = plan("external.yaml", ["", "fast"]).at(-1) ?? assert.fail();
  assert.deepEqual(
    argsOf(volumes).filter((arg) => arg !== "--reach"),
    ["doctor", "--in-cluster", "volume=/claims/0", "volume=/claims/1"],
  );
  assert.deepEqual(
    volumes.claims.map((claim) => at(claim, "spec", "storageClassName")),
    [undefined, "fast"],
  );
  const mounts = templateOf(volumes).spec.containers[0]?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
  assert.deepEqual(
    mounts.filter((path) => path.startsWith("/claims")),
    ["/claims/0", "/claims/1"],
  );
  assert.equal(at(templateOf(volumes), "spec", "securityContext", "fsGroup"), 65_532);
  assert.deepEqual(
    plan("external.yaml", []).map(({ role }) => role),
    ["worker", "check", "open"],
    "no claim of a class that is not tried",
  );
});

test("what is tried", () => {
  const [worker, check] = plan("external.yaml");
  assert.deepEqual(argsOf(worker ?? assert.fail()), [
    "doctor",
    "--in-cluster",
    "--reach",
    "tcp=db.example.org:5432",
    "--reach",
    "denied=api-server",
  ]);
  assert.deepEqual(
    argsOf(check ?? assert.fail()).filter((arg) => arg !== "--reach"),
    ["doctor", "--in-cluster", "store=url", "https=https://quality.example.org/api/health"],
  );
  assert.ok(!plan("cloudnativepg-gateway.yaml").flatMap(argsOf).includes("store=url"), "that store is made with the installation");
  assert.ok(plan("dataplanes-only.yaml").flatMap(argsOf).includes("https=https://quality.example.org/api/health"), "dataplanes dial it");
});

suite("how they end", () => {
  const probe = plan("external.yaml")[0] ?? assert.fail();
  const job = (status: object = {}): Manifest => ({ ...probe.job, status });
  const pod = (status: object): Manifest =>
    Manifest.parse({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", labels: { "batch.kubernetes.io/job-name": probe.job.metadata.name } },
      status,
    });
  const waiting = (reason: string, message = "no") =>
    pod({ phase: "Pending", containerStatuses: [{ state: { waiting: { reason, message } } }] });
  const unplaced = pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }] });
  const failed = job({ conditions: [{ type: "Failed", status: "True", message: "deadline" }] });
  const CASES: readonly { what: string; seen: readonly Manifest[]; isLate?: boolean; expected: string | null }[] = [
    { what: "nothing yet", seen: [], expected: null },
    { what: "running", seen: [job(), pod({ phase: "Running" })], expected: null },
    { what: "ended well", seen: [job(), pod({ phase: "Succeeded" })], expected: "read p" },
    { what: "ended badly: it may have told", seen: [failed, pod({ phase: "Failed" })], expected: "read p" },
    { what: "pulling", seen: [job(), waiting("ContainerCreating")], expected: null },
    { what: "an image that a registry may still give", seen: [job(), waiting("ErrImagePull")], expected: null },
    { what: "an image that is not to be had", seen: [job(), waiting("ImagePullBackOff")], expected: "image ImagePullBackOff: no" },
    {
      what: "a container that cannot be made",
      seen: [job(), waiting("CreateContainerConfigError")],
      expected: "silent CreateContainerConfigError: no",
    },
    { what: "no place yet", seen: [job(), unplaced], expected: null },
    { what: "no place at all", seen: [failed, unplaced], expected: "place 0/3 nodes" },
    { what: "no pod was made", seen: [failed], expected: "refused deadline" },
    {
      what: "nobody said anything",
      seen: [job(), pod({ phase: "Running" })],
      isLate: true,
      expected: "silent it did not end within 120 seconds",
    },
    { what: "late, and no pod", seen: [job()], isLate: true, expected: "refused its Job made no pod" },
  ];
  for (const { what, seen, isLate = false, expected } of CASES)
    test(what, () => {
      const end = endOf(probe, seen, isLate);
      const told =
        end === null ? null : "readPod" in end ? `read ${end.readPod}` : end.kind === "stopped" ? `${end.where} ${end.why}` : end.kind;
      assert.equal(told, expected);
    });
});

suite("what events say of it", () => {
  const [worker, volumes] = ["worker", "volumes"].map(
    (role) => plan("external.yaml").find((probe) => probe.role === role) ?? assert.fail(),
  );
  const event = (name: string, reason: string, type = "Warning"): Manifest =>
    Manifest.parse({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name },
      involvedObject: { name },
      type,
      reason,
      message: `${reason} of ${name}`,
    });
  const [job, volumesJob] = [worker, volumes].map((probe) => probe?.job.metadata.name ?? "");
  const CASES: readonly { what: string; probe: Probe | undefined; where: Where; events: readonly Manifest[]; expected: string }[] = [
    {
      what: "a Job that may not make its pod",
      probe: worker,
      where: "refused",
      events: [event(`${job}`, "FailedCreate"), event("another", "FailedCreate")],
      expected: `refused FailedCreate of ${job}`,
    },
    {
      what: "a claim that is not provisioned",
      probe: volumes,
      where: "place",
      events: [event(`${volumesJob}-0`, "ProvisioningFailed"), event(`${volumesJob}-x7`, "FailedScheduling")],
      expected: `place ProvisioningFailed of ${volumesJob}-0`,
    },
    {
      what: "a volume that is not mounted",
      probe: volumes,
      where: "silent",
      events: [event(`${volumesJob}-x7`, "FailedMount")],
      expected: `place FailedMount of ${volumesJob}-x7`,
    },
    {
      what: "a pod with a claim that is silent for another reason",
      probe: volumes,
      where: "silent",
      events: [event(`${volumesJob}-x7`, "BackOff"), event(`${volumesJob}-x7`, "FailedMount", "Normal")],
      expected: "silent before",
    },
    {
      what: "a pod without a claim that is silent",
      probe: worker,
      where: "silent",
      events: [event(`${job}-x7`, "FailedMount")],
      expected: "silent before",
    },
    { what: "nothing", probe: volumes, where: "place", events: [], expected: "place before" },
  ];
  for (const { what, probe = assert.fail(), where, events, expected } of CASES)
    test(what, () => {
      const end = withEvent({ kind: "stopped", image: "i", where, why: "before" }, probe, events);
      assert.equal(end.kind === "stopped" && `${end.where} ${end.why}`, expected);
    });
});
