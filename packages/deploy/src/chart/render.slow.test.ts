/**
 * The chart as Helm renders it, for every example in `ci/`: known to Kubernetes field by field, right in what it means, restricted, and
 * whole (what pods name is there). `UPDATE_GOLDEN=1` writes what it renders, to be looked at before it is committed.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { stringify } from "yaml";
import { z } from "zod";
import { customProblems } from "../kubernetes/custom.ts";
import { hardeningViolations, restrictedViolations } from "../kubernetes/restricted.ts";
import { at, podTemplateOf, titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { meaningProblems } from "../kubernetes/semantics.ts";
import { readQuantity } from "../kubernetes/quantity.ts";
import { fieldProblems } from "../kubernetes/validate.ts";
import { NAMESPACE, openHelm, RELEASE } from "../trial/helm.ts";
import { CHART_FOLDER } from "./write.ts";

const opened = await openHelm();
const options = { skip: opened.absent ?? false };
const CI = join(CHART_FOLDER, "ci");
const GOLDEN = join(CHART_FOLDER, "../golden");
const EXAMPLES = readdirSync(CI).toSorted();

const Alert = z.object({ alert: z.string(), expr: z.string(), annotations: z.object({ runbook_url: z.string(), summary: z.string() }) });

const problemsOf = (objects: readonly Manifest[], judge: (object: Manifest) => string[]): string[] =>
  objects.flatMap((object) => judge(object).map((why) => `${titleOf(object)}: ${why}`));
const inPods = (judge: (template: NonNullable<ReturnType<typeof podTemplateOf>>) => string[]) => (object: Manifest) => {
  const template = podTemplateOf(object);
  return template === null ? [] : judge(template);
};
const render = (example: string): Promise<Manifest[]> => opened.template([join(CI, example)]);
const named = (objects: readonly Manifest[], kind: string, suffix = ""): Manifest =>
  objects.find((object) => object.kind === kind && object.metadata.name === `${RELEASE}-touchstone${suffix}`) ??
  assert.fail(`there is no ${kind} ${suffix} among ${objects.map(titleOf).join(", ")}`);
const has = (objects: readonly Manifest[], kind: string): boolean => objects.some((object) => object.kind === kind);

for (const example of EXAMPLES)
  suite(example, options, () => {
    test("every field is known, and what it says makes sense", async () => {
      const objects = await render(example);
      assert.ok(objects.length > 3);
      assert.deepEqual(
        problemsOf(objects, (object) => fieldProblems(object) ?? []),
        [],
      );
      assert.deepEqual(problemsOf(objects, meaningProblems), []);
      assert.deepEqual(problemsOf(objects, customProblems), []);
    });

    test("every pod is restricted, and more than that", async () => {
      const objects = await render(example);
      assert.deepEqual(problemsOf(objects, inPods(restrictedViolations)), []);
      assert.deepEqual(problemsOf(objects, inPods(hardeningViolations)), []);
    });

    test("nothing is called twice, everything is ours by its labels, nothing is of a tag that moves", async () => {
      const objects = await render(example);
      const titles = objects.map(titleOf);
      assert.deepEqual(titles, [...new Set(titles)]);
      for (const { kind, metadata } of objects.filter(({ metadata }) => metadata.name !== `${RELEASE}-note`)) {
        assert.equal(metadata.labels?.["app.kubernetes.io/instance"], RELEASE, metadata.name);
        assert.equal(metadata.labels?.["app.kubernetes.io/managed-by"], "Helm", metadata.name);
        assert.equal(metadata.namespace, kind === "ClusterRoleBinding" ? undefined : NAMESPACE, metadata.name);
      }
      const images = objects.flatMap((object) => podTemplateOf(object)?.spec.containers.map(({ image }) => image) ?? []);
      for (const image of images) assert.match(image, /(:\d+\.\d+\.\d+|@sha256:[a-f0-9]{64})$/);
    });

    test("no secret is in an object, and none is made", async () => {
      const objects = await render(example);
      assert.ok(!has(objects, "Secret"));
      const values = objects.flatMap((object) => podTemplateOf(object)?.spec.containers.flatMap(({ env }) => env) ?? []);
      assert.deepEqual(
        // What begins with another variable is put together from that, which is a Secret's; a path leads to a file that is mounted from one.
        values.filter(
          ({ name, value }) => value !== undefined && !/^(\$\(|\/etc\/touchstone\/)/.test(value) && /URL$|KEYS?$|TOKEN/.test(name),
        ),
        [],
      );
    });

    test("it renders what was looked at: UPDATE_GOLDEN=1", async () => {
      const text = (await render(example)).map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
      const path = join(GOLDEN, example.replace(".values", ""));
      if (process.env["UPDATE_GOLDEN"] !== undefined) {
        mkdirSync(GOLDEN, { recursive: true });
        writeFileSync(path, text);
      }
      assert.equal(existsSync(path) ? readFileSync(path, "utf8") : "", text);
    });
  });

test("the usual size asks for 16 cores and 80 GB at most, as rendered, with every replica there may be", options, async () => {
  const objects = await render("external.values.yaml");
  const scaler = named(objects, "HorizontalPodAutoscaler");
  const total = { cpu: 0, memory: 0 };
  for (const object of objects) {
    const template = podTemplateOf(object);
    const replicas = object === named(objects, "Deployment") ? at(scaler, "spec", "maxReplicas") : at(object, "spec", "replicas");
    for (const { resources } of template?.spec.containers ?? [])
      for (const key of ["cpu", "memory"] as const)
        total[key] += (readQuantity(resources.requests[key]) ?? NaN) * (typeof replicas === "number" ? replicas : 1);
  }
  assert.ok(total.cpu > 10 && total.cpu <= 16, `${total.cpu} cores`);
  assert.ok(total.memory > 40e9 && total.memory <= 80e9, `${total.memory / 1e9} GB`);
});

test("a scaled Deployment says no number of replicas, and a rolling one keeps all that serve", options, async () => {
  const external = await render("external.values.yaml");
  assert.equal(at(named(external, "Deployment"), "spec", "replicas"), undefined);
  assert.deepEqual(at(named(external, "Deployment"), "spec", "strategy", "rollingUpdate"), { maxUnavailable: 0, maxSurge: 1 });
  assert.equal(at(named(external, "Deployment", "-dataplane-default"), "spec", "replicas"), 3);
  const groups = await render("groups.values.yaml");
  assert.equal(at(named(groups, "Deployment", "-dataplane-office"), "spec", "replicas"), undefined);
  assert.equal(at(named(groups, "Deployment", "-dataplane-heavy"), "spec", "replicas"), 1);
  const template = podTemplateOf(named(groups, "Deployment"));
  assert.equal(template?.spec["terminationGracePeriodSeconds"], 55, "ten more to drain");
});

test("a budget stands for each that is there more than once, and for no other", options, async () => {
  const budgets = (objects: readonly Manifest[]) =>
    objects.filter(({ kind }) => kind === "PodDisruptionBudget").map(({ metadata }) => metadata.name);
  assert.deepEqual(budgets(await render("external.values.yaml")), [`${RELEASE}-touchstone`, `${RELEASE}-touchstone-dataplane-default`]);
  assert.deepEqual(budgets(await render("groups.values.yaml")), [`${RELEASE}-touchstone`, `${RELEASE}-touchstone-dataplane-office`]);
  assert.deepEqual(budgets(await render("demo.values.yaml")), []);
});

test("migrations run before the release, as a Job of their own, or not at all", options, async () => {
  const annotations = (objects: readonly Manifest[]) =>
    objects
      .filter(({ kind, metadata }) => kind === "Job" && metadata.name.includes("-migrate"))
      .map(({ metadata }) => metadata.annotations?.["helm.sh/hook"] ?? "none");
  assert.deepEqual(annotations(await render("external.values.yaml")), ["pre-install,pre-upgrade"]);
  assert.deepEqual(annotations(await render("cloudnativepg-gateway.values.yaml")), ["none"]);
  assert.deepEqual(annotations(await render("airgap-openshift.values.yaml")), ["none"]);
  assert.deepEqual(annotations(await render("demo.values.yaml")), []);
  const external = await opened.template([join(CI, "external.values.yaml")], ["--set", "migrations.mode=external"]);
  assert.deepEqual(annotations(external), []);
});

test("backups go where they are told to, by who they are or by keys of a Secret, and a restore reads there", options, async () => {
  const podOf = (objects: readonly Manifest[], name: string) =>
    podTemplateOf(named(objects, "CronJob", name)) ?? assert.fail("it makes pods");
  const argsOf = (objects: readonly Manifest[], name: string) => podOf(objects, name).spec.containers[0]?.args;
  const claims = (objects: readonly Manifest[]) => objects.filter(({ kind }) => kind === "PersistentVolumeClaim").length;
  const volume = await render("external.values.yaml");
  assert.deepEqual(argsOf(volume, "-backup"), ["db", "backup", "/backups", "--keep", "14"]);
  assert.equal(podOf(volume, "-backup").spec.serviceAccountName, undefined);
  assert.equal(claims(volume), 1);

  const aws = await render("groups.values.yaml");
  assert.deepEqual(argsOf(aws, "-backup"), ["db", "backup", "s3://quality-backups/prod", "--keep", "14"]);
  assert.deepEqual(argsOf(aws, "-restore"), ["db", "restore", "s3://quality-backups/prod/"]);
  for (const name of ["-backup", "-restore"]) assert.equal(podOf(aws, name).spec.serviceAccountName, "touchstone-backup");
  assert.equal(claims(aws), 0);

  const azure = await render("cloudnativepg-gateway.values.yaml");
  for (const name of ["-backup", "-restore"]) assert.equal(podOf(azure, name).metadata.labels["azure.workload.identity/use"], "true");
  assert.equal(named(azure, "ServiceAccount", "-backup").metadata.annotations?.["azure.workload.identity/client-id"]?.length, 36);

  const settings = ["url=s3://backups", "existingSecret=keys", "endpoint=https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com"];
  const more = ["egress[0].cidrs[0]=0.0.0.0/0", "egress[0].ports[0]=443"];
  const set = [...settings, ...more].flatMap((setting) => ["--set", `backup.bucket.${setting}`]);
  const oracle = await opened.template(
    [join(CI, "external.values.yaml")],
    [...set, "--set", "backup.restoreFile=touchstone-20261126T021700Z.gz"],
  );
  assert.deepEqual(argsOf(oracle, "-restore"), ["db", "restore", "s3://backups/touchstone-20261126T021700Z.gz"]);
  const environment = podOf(oracle, "-backup").spec.containers[0]?.env ?? [];
  assert.deepEqual(
    environment
      .filter(({ name }) => name.startsWith("AWS_"))
      .map(({ name, value, valueFrom }) => [name, value ?? at(valueFrom, "secretKeyRef", "name")]),
    [
      ["AWS_ENDPOINT_URL_S3", "https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com"],
      ["AWS_ACCESS_KEY_ID", "keys"],
      ["AWS_SECRET_ACCESS_KEY", "keys"],
    ],
  );
});

test("inside, dataplanes and the check come by https, and each has of the certificate what it needs", options, async () => {
  const specOf = (objects: readonly Manifest[], kind: string, name = "") =>
    podTemplateOf(named(objects, kind, name))?.spec ?? assert.fail("it makes pods");
  const keysOf = ({ volumes }: ReturnType<typeof specOf>) =>
    volumes.filter(({ name }) => name === "internal-tls").map((volume) => JSON.stringify(at(volume, "secret", "items")));
  const ports = (objects: readonly Manifest[]) => [
    at(named(objects, "Service"), "spec", "ports", 1, "port"),
    specOf(objects, "Deployment"),
  ];
  const external = await render("external.values.yaml");
  const [api, worker] = [specOf(external, "Deployment"), specOf(external, "Deployment", "-dataplane-default")];
  assert.equal(ports(external)[0], 443);
  assert.match(keysOf(api).join(), /tls\.crt.*tls\.key/);
  assert.doesNotMatch(keysOf(worker).join(), /tls\.key/, "the private key is the API's alone");
  assert.deepEqual(worker.containers[0]?.args?.slice(0, 6), [
    "dataplane",
    "--server",
    `https://${RELEASE}-touchstone.${NAMESPACE}.svc`,
    "--direct",
    "--server-authority",
    "/etc/touchstone/internal-tls/ca.crt",
  ]);
  assert.ok(!has(external, "Certificate"), "it is a Secret of yours");
  // Probes and the ingress go on by the plain port, whatever the controller can do.
  assert.equal(at(api.containers[0]?.["readinessProbe"], "httpGet", "port"), "http");
  assert.equal(at(named(external, "Ingress"), "spec", "rules", 0, "http", "paths", 0, "backend", "service", "port", "name"), "http");

  const groups = await render("groups.values.yaml");
  const certificate = named(groups, "Certificate", "-internal-tls");
  assert.deepEqual(at(certificate, "spec", "issuerRef"), { name: "company-authority", kind: "ClusterIssuer", group: "cert-manager.io" });
  assert.equal(at(certificate, "spec", "dnsNames", 0), `${RELEASE}-touchstone.${NAMESPACE}.svc`);
  assert.equal(at(certificate, "spec", "commonName"), `${RELEASE}-touchstone.${NAMESPACE}.svc`, "Vault's roles ask for one");
  assert.deepEqual(
    specOf(groups, "Deployment", "-dataplane-heavy").volumes.flatMap((volume) => at(volume, "secret", "secretName") ?? []),
    [`${RELEASE}-touchstone-internal-tls`, "touchstone-dataplanes"],
  );

  const plain = await render("airgap-openshift.values.yaml");
  assert.equal(ports(plain)[0], undefined);
  assert.deepEqual(specOf(plain, "Deployment", "-dataplane-default").containers[0]?.args?.slice(0, 5), [
    "dataplane",
    "--server",
    `http://${RELEASE}-touchstone`,
    "--direct",
    "--token-file",
  ]);
});

test("the store is reached by TLS that is verified, unless its address says otherwise", options, async () => {
  const environmentOf = async (example: string) =>
    podTemplateOf(named(await render(example), "Deployment"))?.spec.containers[0]?.env ?? assert.fail("it has an environment");
  const external = await environmentOf("external.values.yaml");
  assert.equal(external.find(({ name }) => name === "PGSSLMODE")?.value, "verify-full");
  const own = { controlPlane: { extraEnv: [{ name: "PGSSLMODE", value: "no-verify" }] } };
  const objects = await opened.template([join(CI, "external.values.yaml"), await opened.values(own)]);
  const modes = objects.flatMap((object) => {
    const environment = podTemplateOf(object)?.spec.containers[0]?.env ?? [];
    const isOfStore = environment.some(({ name }) => name === "DATABASE_URL");
    return isOfStore ? [environment.filter(({ name }) => name === "PGSSLMODE").map(({ value }) => value)] : [];
  });
  assert.ok(modes.length > 2);
  // Once, and the same for all: Kubernetes refuses a name that is there twice.
  for (const mode of modes) assert.deepEqual(mode, ["no-verify"]);
  const operators = await environmentOf("cloudnativepg-gateway.values.yaml");
  // A variable that another is put together from stands before it.
  assert.deepEqual(
    operators.filter(({ name }) => /STORE_ADDRESS|DATABASE_URL/.test(name)).map(({ name, value }) => [name, value]),
    [
      ["STORE_ADDRESS", undefined],
      ["DATABASE_URL", "$(STORE_ADDRESS)?sslmode=verify-full&sslrootcert=/etc/touchstone/store/ca.crt"],
    ],
  );
  for (const { kind, ...object } of await render("cloudnativepg-gateway.values.yaml")) {
    const spec = podTemplateOf({ kind, ...object })?.spec;
    if (!spec?.containers[0]?.env.some(({ name }) => name === "DATABASE_URL")) continue;
    assert.ok(
      spec.containers[0].volumeMounts.some(({ mountPath }) => mountPath === "/etc/touchstone/store"),
      object.metadata.name,
    );
  }
});

test("an ingress belongs to the release, and shows the API alone", options, async () => {
  const external = named(await render("external.values.yaml"), "Ingress");
  assert.equal(external.metadata.annotations?.["helm.sh/hook"], undefined);
  assert.equal(at(external, "spec", "rules", 0, "http", "paths", 0, "path"), "/api");
  assert.equal(at(external, "spec", "rules", 0, "http", "paths", 1), undefined);
  assert.deepEqual(named(await render("groups.values.yaml"), "Ingress").metadata.annotations, {
    "cert-manager.io/cluster-issuer": "letsencrypt",
  });
  const gateway = await render("cloudnativepg-gateway.values.yaml");
  assert.ok(has(gateway, "HTTPRoute") && !has(gateway, "Ingress"));
});

test("images come from the mirror, by digest", options, async () => {
  const images = (await render("airgap-openshift.values.yaml")).flatMap(
    (object) => podTemplateOf(object)?.spec.containers.map(({ image }) => image) ?? [],
  );
  assert.ok(images.length >= 5);
  for (const image of images)
    assert.match(image, /^mirror\.example\.org:5000\/quality\/touchstone\/(control-plane|dataplane|updater)@sha256:[123]{64}$/);
});

test("no role is bound unless it is asked for", options, async () => {
  const bound = (objects: readonly Manifest[]) => objects.filter(({ kind }) => /Role/.test(kind)).map(({ kind }) => kind);
  assert.deepEqual(bound(await render("external.values.yaml")), []);
  assert.deepEqual(bound(await render("groups.values.yaml")), ["Role", "RoleBinding", "RoleBinding"]);
  assert.deepEqual(bound(await render("airgap-openshift.values.yaml")), ["ClusterRoleBinding"]);
});

test("an updater is there where it is asked for, with a token that ends, and with no way to allow itself anything", options, async () => {
  const ofUpdater = (objects: readonly Manifest[]) => objects.filter((object) => JSON.stringify(object).includes("updater")).map(titleOf);
  assert.deepEqual(ofUpdater(await render("external.values.yaml")), []);
  const objects = await render("groups.values.yaml");
  const job = named(objects, "CronJob", "-updater");
  const spec = podTemplateOf(job)?.spec ?? assert.fail("it makes pods");
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(at(spec.volumes.at(-1), "projected", "sources", 0, "serviceAccountToken", "expirationSeconds"), 600);
  assert.deepEqual(spec.containers[0]?.args, ["deploy", "update-once", "--namespace", NAMESPACE]);
  const others = objects.filter((object) => object !== job && podTemplateOf(object) !== null);
  for (const object of others) assert.doesNotMatch(JSON.stringify(object), /serviceAccountToken"/, titleOf(object));
  // The ConfigMap that allows it is the customer's: were it the chart's, an upgrade would bring it back.
  assert.ok(!objects.some(({ metadata }) => metadata.name === "touchstone-upgrades"));
  assert.deepEqual(at(named(objects, "Role", "-updater-work"), "rules"), [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create"] },
  ]);
  assert.equal(at(named(objects, "RoleBinding", "-updater"), "roleRef", "name"), "admin");
  const whole = await render("airgap-openshift.values.yaml");
  assert.ok(!has(whole, "Role") && !has(whole, "RoleBinding"));
});

test("every alert has its page, and measures what is told", options, async () => {
  const rules = named(await render("groups.values.yaml"), "PrometheusRule");
  const alerts = z.array(Alert).parse(at(rules, "spec", "groups", 0, "rules"));
  assert.ok(alerts.length >= 8);
  for (const { annotations } of alerts) assert.ok(existsSync(annotations.runbook_url), annotations.runbook_url);
  assert.doesNotMatch(JSON.stringify(alerts), /RELEASE|NAMESPACE/);
});
