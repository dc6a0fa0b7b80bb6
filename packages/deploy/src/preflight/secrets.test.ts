import assert from "node:assert/strict";
import { test } from "node:test";
import { Manifest } from "../kubernetes/manifest.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { secret, SECRETS } from "../trial/ready-cluster.ts";
import { judgeSecrets, secretAsks, type SecretAsk } from "./secrets.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const asks = (...of: readonly (readonly [string, string | null])[]): SecretAsk[] => of.map(([name, key]) => ({ name, key }));
const PULL: SecretAsk = { name: "pull", key: ".dockerconfigjson", type: "kubernetes.io/dockerconfigjson" };
const URL = "postgres://touchstone:canary@db.example.org/touchstone";

const CASES: readonly { what: string; asks: readonly SecretAsk[]; secrets: readonly object[]; expected: Expected }[] = [
  { what: "none named", asks: [], secrets: [], expected: [["ok", /none/]] },
  {
    what: "all as they should be",
    asks: asks(
      ["touchstone-store", "DATABASE_URL"],
      ["touchstone-keys", "TOUCHSTONE_SECRET_KEYS"],
      ["touchstone-keys", "TOUCHSTONE_TOKEN_KEY"],
      ["touchstone-dataplanes", "default"],
    ),
    secrets: SECRETS,
    expected: [["ok", /touchstone-store, touchstone-keys, touchstone-dataplanes/]],
  },
  { what: "one that is not there", asks: asks(["a", "b"], ["a", "c"]), secrets: [], expected: [["problem", /no Secret a/]] },
  { what: "taken whole", asks: asks(["a", null]), secrets: [secret("a", {})], expected: [["ok", /a/]] },
  { what: "without its key", asks: asks(["a", "b"]), secrets: [secret("a", { c: "1" })], expected: [["problem", /no key b/]] },
  {
    what: "with nothing in it",
    asks: asks(["a", "b"]),
    secrets: [secret("a", { b: "  " })],
    expected: [["problem", /no key b, or nothing/]],
  },
  {
    what: "a URL that leaves it to the chart, which verifies",
    asks: asks(["a", "DATABASE_URL"]),
    secrets: [secret("a", { DATABASE_URL: URL })],
    expected: [["ok", /a/]],
  },
  ...["sslmode=disable", "x=1&sslmode=no-verify", "ssl=0", "ssl=no-verify", "sslmode=require&uselibpqcompat=true"].map((query) => ({
    what: `a URL with ${query}`,
    asks: asks(["a", "DATABASE_URL"]),
    secrets: [secret("a", { DATABASE_URL: `${URL}?${query}` })],
    expected: [
      ["ok", /a/],
      ["note", /less than TLS that is verified/],
    ] satisfies Expected,
  })),
  ...["sslmode=require", "uselibpqcompat=true", "uselibpqcompat=true&sslmode=verify-full", "ssl=true"].map((query) => ({
    what: `a URL with ${query}, which the driver verifies`,
    asks: asks(["a", "DATABASE_URL"]),
    secrets: [secret("a", { DATABASE_URL: `${URL}?${query}` })],
    expected: [["ok", /a/]] satisfies Expected,
  })),
  {
    what: "a URL that the driver trips over",
    asks: asks(["a", "DATABASE_URL"]),
    secrets: [secret("a", { DATABASE_URL: `${URL}?ssl=false` })],
    expected: [["problem", /not what it should be/]],
  },
  {
    what: "a URL of something else",
    asks: asks(["a", "DATABASE_URL"]),
    secrets: [secret("a", { DATABASE_URL: "mysql://canary@db" })],
    expected: [["problem", /not what it should be/]],
  },
  {
    what: "several keys",
    asks: asks(["a", "TOUCHSTONE_SECRET_KEYS"]),
    secrets: [secret("a", { TOUCHSTONE_SECRET_KEYS: `k2:${KEY},k1:${KEY}` })],
    expected: [["ok", /a/]],
  },
  {
    what: "a short key",
    asks: asks(["a", "TOUCHSTONE_SECRET_KEYS"]),
    secrets: [secret("a", { TOUCHSTONE_SECRET_KEYS: "k1:canary" })],
    expected: [["problem", /TOUCHSTONE_SECRET_KEYS/]],
  },
  {
    what: "a key without a name",
    asks: asks(["a", "TOUCHSTONE_SECRET_KEYS"]),
    secrets: [secret("a", { TOUCHSTONE_SECRET_KEYS: KEY })],
    expected: [["problem", /TOUCHSTONE_SECRET_KEYS/]],
  },
  {
    what: "a short signing key",
    asks: asks(["a", "TOUCHSTONE_TOKEN_KEY"]),
    secrets: [secret("a", { TOUCHSTONE_TOKEN_KEY: "canary==" })],
    expected: [["problem", /TOUCHSTONE_TOKEN_KEY/]],
  },
  {
    what: "a token that is none",
    asks: asks(["tokens", "default"]),
    secrets: [secret("tokens", { default: "canary" })],
    expected: [["problem", /default in Secret tokens/]],
  },
  {
    what: "a pull secret",
    asks: [PULL],
    secrets: [secret("pull", { ".dockerconfigjson": "{}" }, "kubernetes.io/dockerconfigjson")],
    expected: [["ok", /pull/]],
  },
  {
    what: "a pull secret of another type",
    asks: [PULL],
    secrets: [secret("pull", { ".dockerconfigjson": "{}" })],
    expected: [["problem", /of type Opaque/]],
  },
];

for (const { what, asks: asked, secrets, expected } of CASES)
  test(what, () => {
    const manifests = secrets.map((one) => Manifest.parse(one));
    const tokens = asked.some(({ name }) => name === "tokens") ? "tokens" : "touchstone-dataplanes";
    const findings = judgeSecrets(asked, manifests, tokens);
    expectFindings(findings, expected);
    assert.doesNotMatch(JSON.stringify(findings), /canary/);
  });

test("who asks for less than TLS that is verified is told what to say, which holds for who opens the store from elsewhere too", () => {
  const secrets = [Manifest.parse(secret("a", { DATABASE_URL: `${URL}?sslmode=disable` }))];
  assert.match(judgeSecrets(asks(["a", "DATABASE_URL"]), secrets, "tokens")[1]?.todo ?? "", /^say sslmode=verify-full/);
});

test("Secrets are named by variables, volumes and pulls; those that are optional, or made with the installation, are not asked for", () => {
  const variable = (name: string, ref: object) => ({ name, valueFrom: { secretKeyRef: ref } });
  const spec = {
    containers: [
      {
        name: "a",
        image: "a",
        env: [
          variable("A", { name: "a", key: "x" }),
          variable("B", { name: "b", key: "x", optional: true }),
          variable("C", { name: "made", key: "x" }),
          variable("D", { name: "store-app", key: "uri" }),
        ],
      },
    ],
    volumes: [
      { name: "one", secret: { secretName: "c", items: [{ key: "y", path: "y" }] } },
      { name: "two", secret: { secretName: "d" } },
    ],
    imagePullSecrets: [{ name: "pull" }],
  };
  const objects = [
    { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec },
    { apiVersion: "v1", kind: "Pod", metadata: { name: "q" }, spec },
    { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", metadata: { name: "e" }, spec: { target: { name: "made" } } },
    { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name: "store" }, spec: {} },
  ].map((object) => Manifest.parse(object));
  assert.deepEqual(
    secretAsks(objects).map(({ name, key }) => `${name} ${key ?? "*"}`),
    ["a x", "c y", "d *", "pull .dockerconfigjson"],
  );
});
