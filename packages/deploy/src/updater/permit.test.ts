/** What a customer allows, and what is no permit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "@touchstone/core/errors";
import { newKeyPair } from "../supply/key.ts";
import { DEPLOYMENT_KEY, KEYS_KEY, permitIn, permitOf } from "./permit.ts";
import { chartAddress } from "./signed-chart.ts";
import { codeOf } from "../trial/thrown.ts";

const [one, two] = [newKeyPair(), newKeyPair()];
const POINTER = "updater: { pointer: https://releases.example.org/stable.json }\n";
const LEAST = "version: 1\nname: quality\nmodel: customer\nfqdn: quality.example.org\ncluster: { namespace: data }\n";
const ASKED = `${LEAST}upgrades: namespace-admin\n${POINTER}`;

test("a permit reads as it was written", () => {
  const { object, permit } = permitOf({ text: ASKED, values: {}, keysPem: `${one.publicPem}\n${two.publicPem}` }, "deployment.yaml");
  assert.deepEqual(
    permit.keys.map(({ id }) => id),
    [one.id, two.id],
  );
  assert.equal(permit.deployment.updater.pointer, "https://releases.example.org/stable.json");
  assert.deepEqual(Reflect.get(Object(Reflect.get(object, "metadata")), "name"), "touchstone-upgrades");
  assert.deepEqual(permitIn(Reflect.get(object, "data"), "data").keys.length, 2);
});

test("the values that the infrastructure told are in a permit, and a text that has them all stays as it was written", () => {
  const text = `# ours\n${ASKED}values: { placement: { nodeSelector: { pool: app } } } # said by hand\n`;
  const textIn = (values: object): unknown => {
    const { object } = permitOf({ text, values: { ...values }, keysPem: one.publicPem }, "deployment.yaml");
    return Reflect.get(Object(Reflect.get(object, "data")), DEPLOYMENT_KEY);
  };
  const own = { placement: { nodeSelector: { pool: "app" } } };
  assert.equal(textIn(own), text);
  const merged = { ...own, store: { port: 6432 } };
  const written = String(textIn(merged));
  assert.match(written, /^# ours$/m);
  assert.deepEqual(permitIn({ [DEPLOYMENT_KEY]: written, [KEYS_KEY]: one.publicPem }, "data").deployment.values, merged);
});

const NOT_GIVEN: readonly { what: string; text: string; keys: string; code: ErrorCode }[] = [
  { what: "upgrades are not asked for", text: LEAST + POINTER, keys: one.publicPem, code: "UPDATER_NOT_ASKED_FOR" },
  { what: "no pointer", text: `${LEAST}upgrades: cluster-admin\n`, keys: one.publicPem, code: "UPDATER_NOT_ASKED_FOR" },
  { what: "no keys", text: ASKED, keys: "", code: "KEY_INVALID" },
  { what: "a private key among them", text: ASKED, keys: one.publicPem + two.privatePem, code: "KEY_INVALID" },
  { what: "no deployment", text: "", keys: one.publicPem, code: "DEPLOYMENT_INVALID" },
];
for (const { what, text, keys, code } of NOT_GIVEN)
  test(`not allowed: ${what}`, () =>
    assert.equal(
      codeOf(() => permitOf({ text, values: {}, keysPem: keys }, "deployment.yaml")),
      code,
    ));

const NOT_READ: readonly { what: string; data: unknown; code: ErrorCode }[] = [
  { what: "nothing", data: undefined, code: "DEPLOYMENT_INVALID" },
  { what: "no keys", data: { [DEPLOYMENT_KEY]: ASKED }, code: "KEY_INVALID" },
  {
    what: "another namespace's",
    data: { [DEPLOYMENT_KEY]: ASKED.replace("data", "other"), [KEYS_KEY]: one.publicPem },
    code: "DEPLOYMENT_INVALID",
  },
  { what: "something else than text", data: { [DEPLOYMENT_KEY]: 7, [KEYS_KEY]: one.publicPem }, code: "DEPLOYMENT_INVALID" },
];
for (const { what, data, code } of NOT_READ)
  test(`no permit: ${what}`, () =>
    assert.equal(
      codeOf(() => permitIn(data, "data")),
      code,
    ));

const ADDRESSES: readonly { address: string; mirror: string; becomes: string }[] = [
  { address: "oci://registry.example.org/a/touchstone", mirror: "", becomes: "oci://registry.example.org/a/touchstone" },
  { address: "oci://registry.example.org/a/touchstone", mirror: "mirror:5000/b/", becomes: "oci://mirror:5000/b/a/touchstone" },
  { address: "https://example.org/touchstone.tgz", mirror: "mirror:5000", becomes: "https://example.org/touchstone.tgz" },
];
for (const { address, mirror, becomes } of ADDRESSES)
  test(`${address} behind ${mirror === "" ? "no mirror" : mirror}`, () => assert.equal(chartAddress(address, mirror), becomes));
