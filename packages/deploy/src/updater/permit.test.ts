/** What a customer allows, and what is no permit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo, type ErrorCode } from "@touchstone/core/errors";
import { newKeyPair } from "../supply/key.ts";
import { DEPLOYMENT_KEY, KEYS_KEY, permitIn, permitOf } from "./permit.ts";
import { chartAddress } from "./signed-chart.ts";

const [one, two] = [newKeyPair(), newKeyPair()];
const POINTER = "updater: { pointer: https://releases.example.org/stable.json }\n";
const LEAST = "version: 1\nname: quality\nmodel: customer\nfqdn: quality.example.org\ncluster: { namespace: data }\n";
const ASKED = `${LEAST}upgrades: namespace-admin\n${POINTER}`;

const codeOf = (work: () => unknown): ErrorCode | null => {
  try {
    work();
    return null;
  } catch (thrown) {
    return toErrorInfo(thrown).code;
  }
};

test("a permit reads as it was written", () => {
  const { object, permit } = permitOf(ASKED, `${one.publicPem}\n${two.publicPem}`, "deployment.yaml");
  assert.deepEqual(
    permit.keys.map(({ id }) => id),
    [one.id, two.id],
  );
  assert.equal(permit.deployment.updater.pointer, "https://releases.example.org/stable.json");
  assert.deepEqual(Reflect.get(Object(Reflect.get(object, "metadata")), "name"), "touchstone-upgrades");
  assert.deepEqual(permitIn(Reflect.get(object, "data"), "data").keys.length, 2);
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
      codeOf(() => permitOf(text, keys, "deployment.yaml")),
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
