import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, ProductVersion } from "./product-version.ts";

/** §11 of Semantic Versioning 2.0, oldest first. */
const ORDER = [
  "0.9.10",
  "1.0.0-0",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.9",
  "1.0.10-rc.1",
  "1.0.10",
  "1.2.0",
  "1.10.0",
  "2.0.0--",
  "2.0.0",
  "10.0.0",
];

test("versions have an order, and each is equal to itself alone", () => {
  for (const [a, older] of ORDER.entries())
    for (const [b, newer] of ORDER.entries()) assert.equal(Math.sign(compareVersions(older, newer)), Math.sign(a - b), `${older} ${newer}`);
});

for (const text of [
  "",
  "1",
  "1.2",
  "v1.2.3",
  "01.2.3",
  "1.2.3-",
  "1.2.3-01",
  "1.2.3+build",
  "1.2.3 ",
  "1.2.3-a..b",
  "1.2.3\n",
  `1.2.${"3".repeat(99)}`,
])
  test(`not a version: ${JSON.stringify(text)}`, () => assert.equal(ProductVersion.safeParse(text).success, false));
