/** What is hidden and what is not: by place, by shape, and because a Secret says it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BARE, CANARIES, seenIn } from "../trial/canaries.ts";
import { HIDDEN, redacted, redactedText, redactor } from "./redact.ts";

for (const canary of CANARIES)
  test(`by shape: ${canary.name}`, () => {
    for (const text of [canary.text, `before ${canary.text}`, `{"time":1,"msg":${JSON.stringify(canary.text)}}`]) {
      const told = redactedText(text);
      assert.deepEqual(seenIn(told, canary), [], told);
      assert.equal(redactedText(told), told, "what is hidden stays as it is");
    }
  });

test("whatever stands around it", () => {
  const around = fc.string({ unit: fc.constantFrom(..."ab=:\"'\\{[,;&-<> \n|#@/.".split("")), maxLength: 30 });
  const property = fc.property(around, around, fc.constantFrom(...CANARIES), (before, after, canary) => {
    const told = redactedText(`${before}\n${canary.text}\n${after}`);
    return (
      seenIn(told, canary).length === 0 &&
      seenIn(JSON.stringify(redacted({ a: `${before}\n${canary.text}\n${after}` })), canary).length === 0
    );
  });
  fc.assert(property, { numRuns: 500, seed: 6 });
});

const STAYS: readonly string[] = [
  "registry.example.org/touchstone/control-plane:0.1.0@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  "quality-touchstone-dataplane-default-7d9f8c6b5d-x2x4z",
  "https://quality.example.org:8443/api/checks?page=2",
  "10.20.0.0/16",
  "/app/node_modules/@touchstone/server/src/routes/anomalies.ts:120:14",
  "0/4 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 3 Insufficient cpu.",
  "Back-off restarting failed container api in pod quality-touchstone-0_quality(1f0c6a2e-6d2f-4b0a-9c3e-0a5d3a1c9b7e)",
  "HorizontalPodAutoscalerConditionTypeAbleToScaleAndMore",
  "secretName: touchstone-store",
  "--token-file /var/run/touchstone/token",
  "tokens:\nnext: 1",
  "<name>SECRET</name> and a < b > c",
  "Basic authentication is off; a token expired",
  "TOUCHSTONE_SESSION_IDLE_MINUTES=120",
  "Erdbeer\u00e4hnlich \u2014 \u{1f353}",
  "",
];
for (const text of STAYS) test(`stays: ${text.slice(0, 60)}`, () => assert.equal(redactedText(text), text));

type Case = { what: string; given: unknown; expected: unknown };
const env = (name: string, value: unknown) => ({ name, value });
const PLACES: readonly Case[] = [
  {
    what: "a Secret",
    given: { kind: "Secret", data: { a: "eA==" }, stringData: { b: "x" } },
    expected: { kind: "Secret", data: { a: HIDDEN }, stringData: { b: HIDDEN } },
  },
  {
    what: "a variable",
    given: { env: [env("PG_PASSWORD", "x"), env("TZ", "UTC")] },
    expected: { env: [env("PG_PASSWORD", HIDDEN), env("TZ", "UTC")] },
  },
  {
    what: "a reference",
    given: { env: [{ name: "PG_PASSWORD", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }] },
    expected: { env: [{ name: "PG_PASSWORD", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }] },
  },
  {
    what: "a volume",
    given: { volumes: [{ name: "v", secret: { secretName: "s", items: [{ key: "a", path: "b" }] } }] },
    expected: { volumes: [{ name: "v", secret: { secretName: "s", items: [{ key: "a", path: "b" }] } }] },
  },
  {
    what: "a header of a probe",
    given: { httpHeaders: [env("Authorization", "x")] },
    expected: { httpHeaders: [env("Authorization", HIDDEN)] },
  },
  {
    what: "names of values",
    given: { clientSecret: "x", existingSecret: "name", secret: "y" },
    expected: { clientSecret: HIDDEN, existingSecret: "name", secret: HIDDEN },
  },
  { what: "a number", given: { password: 123456, replicas: 2 }, expected: { password: HIDDEN, replicas: 2 } },
  {
    what: "truth values and null",
    given: { automountServiceAccountToken: false, token: null },
    expected: { automountServiceAccountToken: false, token: null },
  },
  {
    what: "everything below a secret name",
    given: { credentials: { user: "u", more: ["a", { b: 1 }] } },
    expected: { credentials: { user: HIDDEN, more: [HIDDEN, { b: HIDDEN }] } },
  },
  {
    what: "an argument after its flag",
    given: ["--password", "x", "--user", "u", "-u", "me:x"],
    expected: ["--password", HIDDEN, "--user", "u", "-u", HIDDEN],
  },
  {
    what: "a copy of the object",
    given: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } },
    expected: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": HIDDEN } },
  },
  {
    what: "binary data",
    given: { kind: "ConfigMap", binaryData: { "a.bin": "AAAA" } },
    expected: { kind: "ConfigMap", binaryData: { "a.bin": HIDDEN } },
  },
  { what: "who owns fields", given: { metadata: { name: "a", managedFields: [{ manager: "x" }] } }, expected: { metadata: { name: "a" } } },
  {
    what: "keys of maps, none lost",
    given: { "postgres://a:b1@c": 1, "postgres://a:b2@c": 2 },
    expected: { [`postgres://${HIDDEN}@c`]: 1, [`postgres://${HIDDEN}@c (2)`]: 2 },
  },
  { what: "a document without secrets", given: "# why\na: 1\nb: [x]\n", expected: "# why\na: 1\nb: [x]\n" },
  { what: "a document with one", given: "a:\n  password:\n    - x y\n", expected: `a:\n  password:\n    - "${HIDDEN}"\n` },
  { what: "nothing", given: null, expected: null },
];
for (const { what, given, expected } of PLACES) test(`by place: ${what}`, () => assert.deepEqual(redacted(given), expected));

test("what a Secret holds is hidden wherever it stands, in any spelling", () => {
  const { text, value } = redactor([BARE.text, "postgres://u:pl%40in-c4nary@db/x", "ab"]);
  const spelled = [BARE.text, encodeURIComponent(BARE.text), Buffer.from(BARE.text).toString("base64"), "pl@in-c4nary", "pl%40in-c4nary"];
  for (const one of spelled) {
    assert.ok(!text(`failed for ${one}.`).includes(one), one);
    assert.ok(!JSON.stringify(value({ message: `failed for ${one}.` })).includes(one), one);
  }
  const file = redactor(["key: a long line of it\nport: 1\n"]);
  assert.equal(file.text("they say key: a long line of it, and port: 1"), `they say ${HIDDEN}, and port: 1`);
  assert.equal(text("abc and ab"), "abc and ab", "two letters are everywhere");
});

test("keys that a log was cut in", () => {
  const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAoIBAQC7VJTUt9Us8cKjMzEf";
  assert.equal(redactedText(`${body}\n${body}\nabc4==\n-----END PRIVATE KEY-----\nready`), "[redacted: PRIVATE KEY]\nready");
  assert.equal(redactedText(`start\n-----BEGIN PRIVATE KEY-----\n${body}\n${body}`), "start\n[redacted: PRIVATE KEY]");
  assert.equal(
    redactedText(`-----BEGIN RSA PRIVATE KEY-----\n${body}\nit was cut: ready`),
    "[redacted: RSA PRIVATE KEY]\nit was cut: ready",
  );
});

test("a long text takes its time once", () => {
  const long = `${"a".repeat(2 ** 20)} password=hunter2 ${"A1b2".repeat(2 ** 16)}`;
  assert.ok(!redactedText(long).includes("hunter2"));
});
