/** What was made, as values that the chart takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../chart/values.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { Deployment, type DeploymentInput } from "../deployment/deployment.ts";
import { NO_OUTPUTS, Outputs } from "./outputs.ts";
import { factsOf, valuesFromOutputs, withOutputs } from "./values.ts";

const deployment = (more: Partial<DeploymentInput> = {}): Deployment =>
  Deployment.parse({
    version: 1,
    name: "acme",
    model: "platform",
    fqdn: "quality.acme.example",
    cloud: { provider: "gcp", region: "europe-west1" },
    ...more,
  });

const MADE = Outputs.parse({
  cluster_name: "acme",
  node_labels: {
    app: { "touchstone.dev/pool": "app" },
    work: { "touchstone.dev/pool": "work" },
    "work-spot": { "touchstone.dev/pool": "work" },
  },
  storage_classes: ["touchstone-data", "touchstone-scratch"],
  workload_identity: { backup: "acme-backup@project.iam.gserviceaccount.com" },
  database: { host: "10.40.1.2", port: 6432, name: "touchstone", user: "touchstone", secret_ref: "projects/p/secrets/s" },
  datastore_endpoints: { warehouse: "warehouse.internal" },
  datastore_networks: ["10.20.0.0/16"],
  something_new: { a: 1 },
});

test("nothing follows from nothing", () => assert.deepEqual(valuesFromOutputs(NO_OUTPUTS, deployment()), {}));

test("nodes, storage, port and networks reach the chart, which takes them", () => {
  const datastores = { warehouse: { cidrs: ["10.30.0.0/16"], ports: [5432, 1433] } };
  const connectivity = { private_endpoints: { lake: { target: "t", ports: [443], private_dns: "lake.internal" } } };
  const said = deployment({ networks: { datastores }, cloud: { provider: "gcp", region: "europe-west1", connectivity } });
  const values = chartValuesOf(withOutputs(said, MADE));
  Values.parse(values);
  const work = {
    placement: {
      nodeSelector: { "touchstone.dev/pool": "work" },
      tolerations: [{ key: "touchstone.dev/pool", operator: "Equal", value: "work", effect: "NoSchedule" }],
    },
    spill: { storageClass: "touchstone-scratch" },
  };
  assert.deepEqual(values["placement"], { nodeSelector: { "touchstone.dev/pool": "app" } });
  assert.deepEqual(Reflect.get(Object(values["dataplanes"]), "defaults"), work);
  assert.deepEqual(Reflect.get(Object(values["dataplanes"]), "groups"), {
    default: {
      egress: [
        { cidrs: ["10.30.0.0/16"], ports: [5432, 1433] },
        { cidrs: ["10.20.0.0/16"], ports: [1433, 5432] },
        { cidrs: ["10.40.0.0/16"], ports: [443] },
      ],
    },
  });
  assert.deepEqual(values["backup"], { storageClass: "touchstone-data" });
  assert.equal(Reflect.get(Object(values["store"]), "port"), 6432);
});

const BUCKETS: readonly { provider: "aws" | "azure" | "gcp" | "oci"; bucket: string; identity: string; expected: object | undefined }[] = [
  {
    provider: "aws",
    bucket: "touchstone-acme-123456789012",
    identity: "arn:aws:iam::123456789012:role/acme-backup",
    expected: { url: "s3://touchstone-acme-123456789012", region: "r", serviceAccountAnnotations: {} },
  },
  {
    provider: "azure",
    bucket: "tsacme1a2b/backup",
    identity: "8d3c",
    expected: { url: "az://tsacme1a2b/backup", serviceAccountAnnotations: { "azure.workload.identity/client-id": "8d3c" } },
  },
  {
    provider: "gcp",
    bucket: "touchstone-acme-42",
    identity: "b@p.iam",
    expected: { url: "gs://touchstone-acme-42", serviceAccountAnnotations: { "iam.gke.io/gcp-service-account": "b@p.iam" } },
  },
  { provider: "oci", bucket: "touchstone-acme", identity: "touchstone/touchstone-backup", expected: undefined },
];
for (const { provider, bucket, identity, expected } of BUCKETS)
  test(`backups go into the bucket on ${provider}, as the pods' own identity`, () => {
    const made = Outputs.parse({ backup: { bucket }, workload_identity: { backup: identity } });
    const values = valuesFromOutputs(made, deployment({ cloud: { provider, region: "r" } }));
    const found: unknown = Reflect.get(Object(values["backup"]), "bucket");
    const egress = [{ cidrs: ["0.0.0.0/0"], ports: [443] }];
    assert.deepEqual(found, expected === undefined ? undefined : { ...expected, serviceAccount: "touchstone-backup", egress });
    Values.parse(chartValuesOf({ ...deployment(), values }));
    const elsewhere = deployment({ cloud: { provider, region: "r" }, cluster: { namespace: "quality" } });
    assert.equal(valuesFromOutputs(made, elsewhere)["backup"], undefined, "the identity is of another namespace");
    const claimed = deployment({ cloud: { provider, region: "r" }, values: { backup: { existingClaim: "ours" } } });
    assert.equal(valuesFromOutputs(made, claimed)["backup"], undefined, "somebody has named another place");
  });

test("a network behind transit opens nothing where no datastore is named", () =>
  assert.equal(Reflect.get(Object(valuesFromOutputs(MADE, deployment())["dataplanes"]), "groups"), undefined));

test("what deployment.yaml says goes before", () => {
  const said = deployment({
    cluster: { storageClass: "fast" },
    values: { placement: { nodeSelector: { mine: "yes" } }, store: { port: 7000 } },
  });
  const values = chartValuesOf(withOutputs(said, MADE));
  assert.deepEqual(values["backup"], { storageClass: "fast" });
  assert.deepEqual(values["placement"], { nodeSelector: { "touchstone.dev/pool": "app", mine: "yes" } });
  assert.equal(Reflect.get(Object(values["store"]), "port"), 7000);
});

const FACTS: readonly { provider: "aws" | "azure" | "gcp" | "oci"; says: RegExp }[] = [
  { provider: "aws", says: /touchstone\/touchstone-backup is acme-backup@/ },
  { provider: "azure", says: /annotation azure\.workload\.identity\/client-id=acme-backup@/ },
  { provider: "gcp", says: /annotation iam\.gke\.io\/gcp-service-account=acme-backup@/ },
  { provider: "oci", says: /touchstone\/touchstone-backup is acme-backup@/ },
];
for (const { provider, says } of FACTS)
  test(`what people have to know on ${provider}`, () => {
    const text = factsOf(MADE, deployment({ cloud: { provider, region: "r" } }))
      .map((fact) => `${fact.subject} ${fact.says}`)
      .join("\n");
    assert.match(text, says);
    assert.match(text, /postgres:\/\/touchstone:PASSWORD@10\.40\.1\.2:6432\/touchstone/);
    assert.match(text, /warehouse is reached as warehouse\.internal/);
  });
