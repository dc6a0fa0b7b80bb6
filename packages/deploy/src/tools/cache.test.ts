/** A tool that is not here is a reason to skip a test; one that is another than it was is none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checked, orAbsent, PackageAltered, type Source } from "./cache.ts";

const content = Buffer.from("deb");
const source: Source = {
  registry: "debian",
  suite: "sid",
  name: "cosign",
  version: "3",
  sha256: "0".repeat(64),
};
const failing = (thrown: Error) => (): Promise<string> => Promise.reject(thrown);

test("a package with another digest fails whoever wants it", () =>
  assert.rejects(
    orAbsent("cosign", async () => String(checked(source, content))),
    PackageAltered,
  ));

test("one that cannot be fetched is absent, and it is said why", async () =>
  assert.deepEqual(await orAbsent("cosign", failing(new Error("no such suite"))), {
    absent: "cosign cannot be had here: Error: no such suite",
  }));

test("one that is here is used", async () => assert.equal(await orAbsent("cosign", async () => "/x"), "/x"));
