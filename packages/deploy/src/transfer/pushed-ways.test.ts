/** Who pushes upgrades, read from what allows it: a table of permits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newKeyPair } from "../supply/key.ts";
import { Manifest } from "../kubernetes/manifest.ts";
import { DEPLOYMENT_KEY, KEYS_KEY, permitOf } from "../updater/permit.ts";
import { keyHolder, pushedWays } from "./pushed-ways.ts";

const [operator, customer] = [newKeyPair(), newKeyPair()];
const TEXT =
  "version: 1\nname: quality\nmodel: customer\nfqdn: quality.example.org\nupgrades: namespace-admin\nupdater: { pointer: https://releases.example.org/stable.json }\n";
const UPDATER: Manifest = { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "quality-touchstone-updater" } };

const permitBy = (...pems: string[]): Manifest =>
  Manifest.parse(permitOf({ text: TEXT, values: {}, keysPem: pems.join("\n") }, "deployment.yaml").object);
const withData = (data: object): Manifest => ({ ...permitBy(operator.publicPem), data });

const CASES: readonly { name: string; permit: Manifest | null; updaters: Manifest[]; ways: [who: string, operators: boolean][] }[] = [
  { name: "nothing", permit: null, updaters: [], ways: [] },
  { name: "an updater that nobody allows anything", permit: null, updaters: [UPDATER], ways: [["the updater", false]] },
  {
    name: "the operator's key",
    permit: permitBy(operator.publicPem),
    updaters: [UPDATER],
    ways: [
      [keyHolder(operator.id), true],
      ["the updater", true],
    ],
  },
  {
    name: "the customer's key",
    permit: permitBy(customer.publicPem),
    updaters: [UPDATER],
    ways: [
      [keyHolder(customer.id), false],
      ["the updater", false],
    ],
  },
  {
    name: "both, and no updater yet",
    permit: permitBy(customer.publicPem, operator.publicPem),
    updaters: [],
    ways: [
      [keyHolder(customer.id), false],
      [keyHolder(operator.id), true],
    ],
  },
  {
    name: "keys that are damaged",
    permit: withData({ [DEPLOYMENT_KEY]: TEXT, [KEYS_KEY]: "-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----\n" }),
    updaters: [],
    ways: [["keys that cannot be read", false]],
  },
  { name: "no data at all", permit: withData({}), updaters: [], ways: [["keys that cannot be read", false]] },
];
for (const { name, permit, updaters, ways } of CASES)
  test(`pushed upgrades: ${name}`, () => {
    const found = pushedWays(permit, updaters, { subjects: [keyHolder(operator.id)], domain: null });
    assert.deepEqual(
      found.map(({ who, operators }) => [who.replace(/ \(.*/, ""), operators]),
      ways,
    );
  });

test("what is announced where is told, and what is said otherwise is not guessed", () => {
  const theirs = { subjects: [], domain: null };
  assert.match(pushedWays(permitBy(operator.publicPem), [], theirs)[0]?.grants ?? "", /announced at https:\/\/releases\.example\.org/);
  const [damaged] = pushedWays(withData({ [DEPLOYMENT_KEY]: "{", [KEYS_KEY]: operator.publicPem }), [], theirs);
  assert.equal(damaged?.grants, "upgrades that it has signed");
});
