/** What images are called here and there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHART_FOLDER } from "../chart/write.ts";
import { deploymentIn } from "../deployment/read.ts";
import { chartNameOf } from "./chart-file.ts";
import { companionOf, imagesOf, sourceOf, targetOf, type MirrorImage } from "./images.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const image = (repository: string, digest: string | null = null): MirrorImage => ({ key: "dataplane", repository, tag: "1.2.3", digest });

const SOURCES: readonly [MirrorImage, string | null, string][] = [
  [image("localhost/touchstone/x"), null, "containers-storage:localhost/touchstone/x:1.2.3"],
  [image("localhost/touchstone/x"), "reg.example.org", "docker://reg.example.org/touchstone/x:1.2.3"],
  [image("reg.example.org/touchstone/x"), null, "docker://reg.example.org/touchstone/x:1.2.3"],
  [image("reg.example.org/touchstone/x", DIGEST), null, `docker://reg.example.org/touchstone/x@${DIGEST}`],
  [image("reg.example.org:5000/touchstone/x"), "other:5000/path/", "docker://other:5000/path/touchstone/x:1.2.3"],
  [image("touchstone/x"), "other.example.org", "docker://other.example.org/touchstone/x:1.2.3"],
];
for (const [given, source, expected] of SOURCES) test(`from ${expected}`, () => assert.equal(sourceOf(given, source), expected));

test("to the same path elsewhere", () => {
  assert.equal(targetOf(image("localhost/touchstone/x"), "reg.example.org/m/"), "docker://reg.example.org/m/touchstone/x:1.2.3");
  assert.equal(targetOf(image("touchstone/x"), "reg.example.org"), "docker://reg.example.org/touchstone/x:1.2.3");
});

const BESIDE = `sha256-${"a".repeat(64)}.sig`;
const COMPANIONS: readonly [string, string | null][] = [
  ["docker://reg.example.org:5000/touchstone/x:1.2.3", `docker://reg.example.org:5000/touchstone/x:${BESIDE}`],
  [`docker://reg.example.org:5000/touchstone/x@${DIGEST}`, `docker://reg.example.org:5000/touchstone/x:${BESIDE}`],
  ["docker://reg.example.org:5000/x", `docker://reg.example.org:5000/x:${BESIDE}`],
  ["containers-storage:localhost/touchstone/x:1.2.3", null],
];
for (const [reference, expected] of COMPANIONS)
  test(`the signature of ${reference}`, () => assert.equal(companionOf(reference, DIGEST, "sig"), expected));

test("the images are those that the chart lists", () => {
  const listed = readFileSync(join(CHART_FOLDER, "images.txt"), "utf8").trim().split("\n");
  assert.deepEqual(
    imagesOf(null).map(({ repository, tag }) => `${repository}:${tag}`),
    listed,
  );
});

test("a deployment says which release and which digests", () => {
  const text = `version: 1\nname: acme\nmodel: customer\nfqdn: q.example.org\nrelease: {version: 2.0.0, digests: {dataplane: "${DIGEST}"}}\n`;
  assert.deepEqual(
    imagesOf(deploymentIn(text, "deployment.yaml")).map(({ tag, digest }) => [tag, digest]),
    [
      ["2.0.0", null],
      ["2.0.0", DIGEST],
      ["2.0.0", null],
    ],
  );
});

const CHARTS: readonly [string, string, string][] = [
  ["touchstone-0.1.0.tgz", "touchstone", "0.1.0"],
  ["touch-stone-1.2.3-rc.1+5.tgz", "touch-stone", "1.2.3-rc.1+5"],
  ["something.tgz", "", ""],
];
for (const [file, name, version] of CHARTS) test(`chart ${file}`, () => assert.deepEqual(chartNameOf(file), { name, version }));
