/** Addresses of what is in a registry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { addressOf, hostOf, isLoopback, OCI_REFERENCE, referenceOf, referenceOfImage, type Reference } from "./reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const GOOD: readonly [string, Reference][] = [
  ["oci://r.example.org/a:stable", { registry: "r.example.org", repository: "a", tag: "stable", digest: null }],
  [
    "oci://r.example.org:5000/a/b-c/d_e.f:1.4.0-rc.1",
    { registry: "r.example.org:5000", repository: "a/b-c/d_e.f", tag: "1.4.0-rc.1", digest: null },
  ],
  [`oci://localhost:5000/a@${DIGEST}`, { registry: "localhost:5000", repository: "a", tag: null, digest: DIGEST }],
  [`oci://r/a:x@${DIGEST}`, { registry: "r", repository: "a", tag: "x", digest: DIGEST }],
  ["oci://r.example.org/a/b", { registry: "r.example.org", repository: "a/b", tag: null, digest: null }],
];
for (const [address, expected] of GOOD)
  test(`${address} is read and written`, () => {
    assert.deepEqual(referenceOf(address, "--to"), expected);
    assert.equal(addressOf(expected), address);
    assert.equal(OCI_REFERENCE.test(address), expected.tag !== null || expected.digest !== null);
  });

const BAD = [
  "",
  "oci://",
  "oci://r.example.org",
  "oci://r.example.org/",
  "oci://user:secret@r.example.org/a:b",
  "oci://r.example.org/A:b",
  "oci://r.example.org/a:",
  "oci://r.example.org/a:-b",
  "oci://r.example.org/a//b:c",
  "oci://r.example.org/../a:b",
  "oci://r.example.org/a@sha256:ab",
  "oci://r.example.org/a:b?c",
  "https://r.example.org/a:b",
  `oci://r.example.org/${"a".repeat(256)}:b`,
  "oci://r.example.org/a:b\n",
];
for (const address of BAD)
  test(`${JSON.stringify(address).slice(0, 60)} is refused`, () => {
    assert.throws(
      () => referenceOf(address, "--to"),
      (thrown) => toErrorInfo(thrown).code === "OPTION_INVALID",
    );
    assert.ok(!OCI_REFERENCE.test(address));
  });

test("docker's registry is called otherwise than its host is", () => {
  assert.equal(hostOf("docker.io"), "registry-1.docker.io");
  assert.equal(hostOf("r.example.org:5000"), "r.example.org:5000");
});

test("images as skopeo names them", () => {
  assert.equal(referenceOfImage(`docker://r:5000/a/b@${DIGEST}`)?.digest, DIGEST);
  for (const other of ["containers-storage:localhost/a:b", "dir:/tmp/x"]) assert.equal(referenceOfImage(other), null);
});

const LOOPBACK: readonly [string, boolean][] = [
  ["localhost", true],
  ["localhost:5000", true],
  ["127.0.0.1:5000", true],
  ["127.9.8.7", true],
  ["localhost.example.org", false],
  ["127.0.0.1.example.org", false],
  ["10.0.0.1:5000", false],
];
for (const [registry, expected] of LOOPBACK) test(`${registry}: ${expected}`, () => assert.equal(isLoopback({ registry }), expected));
