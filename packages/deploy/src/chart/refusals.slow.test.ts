/** Values that cannot be installed, and what is said of them: by the schema where it has words for it, by a template otherwise. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openHelm } from "../trial/helm.ts";
import { MOVED } from "./moved.ts";
import { CHART_FOLDER } from "./write.ts";

const opened = await openHelm();
const options = { skip: opened.absent ?? false };

const GOOD = {
  fqdn: "quality.example.org",
  store: { existingSecret: "store" },
  keys: { existingSecret: "keys" },
  dataplanes: { existingSecret: "dataplanes" },
};
const egress = (cidr: string) => ({ ...GOOD, networkPolicy: { identityProviders: [{ cidrs: [cidr], ports: [443] }] } });
const variable = (name: string, value: string) => ({ ...GOOD, controlPlane: { extraEnv: [{ name, value }] } });

const BUCKET = { url: "s3://backups", egress: [{ cidrs: ["0.0.0.0/0"], ports: [443] }] };
const bucket = (more: object) => ({ ...GOOD, backup: { bucket: { ...BUCKET, ...more } } });

const CASES: { name: string; values: object; says: RegExp[] }[] = [
  { name: "a key that is misspelt", values: { ...GOOD, ingres: {} }, says: [/additional properties 'ingres' not allowed/] },
  {
    name: "a key that is misspelt, further down",
    values: { ...GOOD, controlPlane: { replica: 2 } },
    says: [/'\/controlPlane'.*'replica'/],
  },
  { name: "a name that is none", values: { ...GOOD, fqdn: "https://quality.example.org" }, says: [/'\/fqdn'/] },
  { name: "a size that is none", values: { ...GOOD, size: "huge" }, says: [/'\/size'.*'dev', 'small', 'medium'/] },
  {
    name: "a digest that is none",
    values: { ...GOOD, images: { dataplane: { digest: "latest" } } },
    says: [/'\/images\/dataplane\/digest'/],
  },
  { name: "a setting that is none", values: { ...GOOD, settings: { databaseUrl: "x" } }, says: [/'\/settings'.*databaseUrl/] },
  { name: "a setting of another kind", values: { ...GOOD, settings: { logLevel: "loud" } }, says: [/'\/settings\/logLevel'/] },
  {
    name: "a group whose name is none",
    values: { ...GOOD, dataplanes: { ...GOOD.dataplanes, groups: { "My Group": {} } } },
    says: [/My Group/],
  },
  {
    name: "no token for the dataplanes alone",
    values: { fqdn: GOOD.fqdn, controlPlane: { enabled: false } },
    says: [/'\/dataplanes': missing property 'existingSecret'/],
  },
  {
    name: "a hook before its store",
    values: { ...GOOD, store: { mode: "cloudnativepg" }, migrations: { mode: "hook" } },
    says: [/say job, or nothing/],
  },
  { name: "a route without a gateway", values: { ...GOOD, gateway: { enabled: true } }, says: [/needs gateway.parentRefs/] },
  { name: "two certificates", values: { ...GOOD, ingress: { tls: { existingSecret: "a", issuer: { name: "b" } } } }, says: [/not both/] },
  {
    name: "two certificates inside",
    values: { ...GOOD, internalTls: { existingSecret: "a", issuer: { name: "b" } } },
    says: [/internalTls has a Secret of yours or an issuer/],
  },
  {
    name: "a certificate for a control plane that is elsewhere",
    values: { ...GOOD, controlPlane: { enabled: false }, internalTls: { existingSecret: "a" } },
    says: [/internalTls is the control plane's/],
  },
  ...[
    "http://quality-touchstone",
    "https://quality-touchstone.default.svc",
    "https://quality-touchstone.default.svc.cluster.local:443",
  ].map((server) => ({
    name: `the API of this release by hand, ${server}, with a certificate inside`,
    values: { ...GOOD, internalTls: { existingSecret: "a" }, dataplanes: { ...GOOD.dataplanes, server } },
    says: [/dataplanes\.server=.* cannot be with internalTls: leave it out/],
  })),
  {
    name: "a Secret whose name is none",
    values: { ...GOOD, internalTls: { existingSecret: "A B" } },
    says: [/'\/internalTls\/existingSecret'/],
  },
  {
    name: "a certificate as a setting",
    values: { ...GOOD, settings: { internalTlsKey: "x" } },
    says: [/'\/settings'.*internalTlsKey/],
  },
  { name: "a password in plain sight", values: variable("PROXY_PASSWORD", "hunter2"), says: [/PROXY_PASSWORD looks like a secret/] },
  {
    name: "a password in an address",
    values: variable("HTTPS_PROXY", "http://me:hunter2@proxy"),
    says: [/HTTPS_PROXY looks like a secret/],
  },
  { name: "an updater of no grade", values: { ...GOOD, updater: { grade: "admin" } }, says: [/'\/updater\/grade'/] },
  {
    name: "a password for the updater's proxy",
    values: { ...GOOD, updater: { extraEnv: [{ name: "HTTPS_PROXY", value: "http://me:hunter2@proxy" }] } },
    says: [/HTTPS_PROXY looks like a secret/],
  },
  {
    name: "an updater that reaches half the internet",
    values: { ...GOOD, updater: { egress: [{ cidrs: ["128.0.0.0/1"], ports: [443] }] } },
    says: [/covers link-local/],
  },
  { name: "the metadata service", values: egress("169.254.169.254/32"), says: [/169\.254\.169\.254\/32 covers link-local/] },
  { name: "a network that holds it", values: egress("168.0.0.0/6"), says: [/168\.0\.0\.0\/6 covers link-local/] },
  { name: "half the internet", values: egress("128.0.0.0/1"), says: [/covers link-local/] },
  { name: "a place that is none", values: bucket({ url: "s3://Bucket/a b" }), says: [/'\/backup\/bucket\/url'/] },
  { name: "a place that leads elsewhere", values: bucket({ url: "s3://backups/prod/../other" }), says: [/'\/backup\/bucket\/url'/] },
  { name: "keys over plain http", values: bucket({ endpoint: "http://minio.example.org" }), says: [/'\/backup\/bucket\/endpoint'/] },
  { name: "a bucket out of reach", values: bucket({ egress: [] }), says: [/backup\.bucket\.egress is needed/] },
  {
    name: "a bucket whose networks hold the metadata service",
    values: bucket({ egress: [{ cidrs: ["168.0.0.0/6"], ports: [443] }] }),
    says: [/covers link-local/],
  },
  {
    name: "keys for Google",
    values: bucket({ url: "gs://backups", existingSecret: "a", endpoint: "https://a.example.org" }),
    says: [/for HMAC keys say s3:\/\//, /endpoint is for s3:\/\/ and az:\/\//],
  },
  {
    name: "two places of backups",
    values: { ...GOOD, backup: { existingClaim: "backups", bucket: BUCKET } },
    says: [/not both: backup.bucket.url or backup.existingClaim/],
  },
  {
    name: "a key of the bucket in plain sight",
    values: { ...GOOD, backup: { bucket: BUCKET, extraEnv: [{ name: "AWS_SECRET_ACCESS_KEY", value: "hunter2" }] } },
    says: [/AWS_SECRET_ACCESS_KEY looks like a secret/],
  },
  {
    name: "several things at once",
    values: { ...GOOD, gateway: { enabled: true }, ...variable("API_TOKEN", "x"), replicaCount: 3 },
    says: [/parentRefs/, /API_TOKEN/, /replicaCount is not a value of this chart: it is controlPlane.replicas/],
  },
  ...Object.entries(MOVED).map(([name, where]) => ({
    name: `${name}, as other charts call it`,
    values: { ...GOOD, [name]: "x" },
    says: [new RegExp(`${name} is not a value`), new RegExp(where.slice(0, 20))],
  })),
];

suite("values that are refused", options, () => {
  for (const { name, values, says } of CASES)
    test(name, async () => {
      const { status, stderr } = await opened.helm(["template", "quality", CHART_FOLDER, "--values", await opened.values(values)]);
      assert.notEqual(status, 0);
      for (const pattern of says) assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, /hunter2/, "a secret is not repeated");
    });

  test("no values at all: lint says all that is needed", async () => {
    const { status, stdout } = await opened.helm(["lint", "--strict", CHART_FOLDER]);
    assert.notEqual(status, 0);
    for (const missing of [
      "'': missing property 'fqdn'",
      "'/store': missing property 'existingSecret'",
      "'/keys': missing property 'existingSecret'",
      "'/dataplanes': missing property 'existingSecret'",
    ])
      assert.ok(stdout.includes(missing), `${missing} in\n${stdout}`);
  });

  test("an older Kubernetes is refused", async () => {
    const { status, stderr } = await opened.helm([
      "template",
      "quality",
      CHART_FOLDER,
      "--kube-version",
      "1.29.9",
      "--values",
      await opened.values(GOOD),
    ]);
    assert.notEqual(status, 0);
    assert.match(stderr, /requires kubeVersion: >=1\.30/);
  });

  test("good values are linted without a word", async () => {
    const { status, stdout } = await opened.helm(["lint", "--strict", CHART_FOLDER, "--values", await opened.values(GOOD)]);
    assert.equal(status, 0, stdout);
  });
});
