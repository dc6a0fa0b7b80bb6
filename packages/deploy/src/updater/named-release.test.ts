/** Which release a person means, and whether it is one for the deployment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { deploymentIn } from "../deployment/read.ts";
import { newKeyPair, privateKeyIn } from "../supply/key.ts";
import { publishedOf, signRelease } from "../supply/publish.ts";
import { pointerTo } from "../supply/release.ts";
import { signDocument } from "../supply/signature.ts";
import { addressOfRelease, isExactAt, releasedAs, unfit, type Address, type Fitting } from "./named-release.ts";

const deployment = (more: string) =>
  deploymentIn(`version: 1\nname: acme\nmodel: customer\nfqdn: q.example.org\n${more}`, "deployment.yaml");
const POINTER = 'updater: { pointer: "oci://r.example.org/touchstone/releases:stable" }\n';
const ADDRESSES: readonly [to: string, more: string, expected: string | null][] = [
  ["oci://r.example.org/a:1.4.0", "", "oci://r.example.org/a:1.4.0"],
  ["1.4.0", POINTER, "oci://r.example.org/touchstone/releases:1.4.0"],
  ["1.4.0-rc.1", POINTER, "oci://r.example.org/touchstone/releases:1.4.0-rc.1"],
  ["1.4.0", `${POINTER}release: { chart: "oci://r.example.org/charts/touchstone" }\n`, null],
  ["1.4.0", 'updater: { pointer: "https://r.example.org/stable.json" }\n', null],
  ["1.4.0", "", null],
  ["newest", POINTER, null],
];
for (const [to, more, expected] of ADDRESSES)
  test(`--to ${to}: ${expected ?? "a version of the chart"}`, () => assert.equal(addressOfRelease(deployment(more), to), expected));

for (const to of ["oci://user@r.example.org/a:b", "oci://r.example.org/a"])
  test(`--to ${to} is refused`, () =>
    assert.throws(
      () => addressOfRelease(deployment(""), to),
      (thrown) => toErrorInfo(thrown).code === "OPTION_INVALID",
    ));

const key = privateKeyIn(newKeyPair().privatePem, "mine");
const DAY_MS = 86_400_000;
const NOW = new Date("2026-11-26T12:00:00Z");
const later = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);
const digest = `sha256:${"1".repeat(64)}`;
const release = signRelease(
  `product: 1.4.0
chart: { address: "oci://r.example.org/charts/touchstone", digest: "${digest}" }
images: { controlPlane: "${digest}", dataplane: "${digest}", updater: "${digest}" }
channels: [canary, stable]
upgradableFrom: 1.2.0
reversible: true
notes: https://example.org
`,
  key,
  { file: "release.yaml", now: NOW, chartDigest: null },
);
const named = publishedOf(release, "it");
const pointed = publishedOf(signDocument(pointerTo(release, "stable", 14, NOW), key), "it");
const tagged = (tag: string | null, of: string | null = null): Address => ({ tag, digest: of });
const usual: Fitting = { at: tagged(null, digest), channel: "stable", running: "1.3.0", now: NOW };
const FITTING: readonly [what: string, of: typeof named, given: Fitting, why: RegExp | null][] = [
  ["a release", named, usual, null],
  ["a pointer", pointed, usual, null],
  ["nothing runs yet", named, { ...usual, running: null }, null],
  ["the same runs", named, { ...usual, running: "1.4.0" }, null],
  ["a newer one runs: that is asked elsewhere", named, { ...usual, running: "2.0.0" }, null],
  ["too old a one runs", named, { ...usual, running: "1.1.9" }, /reached from 1\.2\.0/],
  ["what runs is no version", named, { ...usual, running: "latest" }, /no version/],
  ["a release for other channels", named, { ...usual, channel: "early" }, /signed for canary, stable/],
  ["a pointer of another channel", pointed, { ...usual, channel: "canary" }, /of the channel stable/],
  ["a pointer that has ended", pointed, { ...usual, now: later(15) }, /the pointer was good until/],
  ["its release has not", named, { ...usual, now: later(15) }, null],
  ["a release that has ended", named, { ...usual, now: later(366) }, /the release was good until/],
  ["a release that is still to come", named, { ...usual, now: later(-1) }, /still to come/],
  ["a release by its version", named, { ...usual, at: tagged("1.4.0") }, null],
  ["a release by the version of another", named, { ...usual, at: tagged("1.5.0") }, /under the name 1\.5\.0 is the release 1\.4\.0/],
  ["the same, with its digest", named, { ...usual, at: tagged("1.5.0", digest) }, /under the name 1\.5\.0/],
  ["a pointer by the version of another", pointed, { ...usual, at: tagged("1.5.0") }, /under the name 1\.5\.0/],
  ["a pointer by its channel", pointed, { ...usual, at: tagged("stable") }, null],
  ["a release by a channel", named, { ...usual, at: tagged("stable") }, /the channel stable is the release 1\.4\.0 itself/],
  ["a pointer by another channel", pointed, { ...usual, at: tagged("canary") }, /the channel canary is the pointer of stable/],
  ["a release by a name of somebody's", named, { ...usual, at: tagged("blessed") }, null],
];
for (const [what, of, given, why] of FITTING)
  test(`${what}: ${why === null ? "fits" : "refused"}`, () => {
    const said = unfit(of, given);
    if (why === null) assert.equal(said, null);
    else assert.match(said ?? "", why);
  });

const EXACT: readonly [at: Address, isExact: boolean][] = [
  [tagged("1.4.0"), true],
  [tagged(null, digest), true],
  [tagged("blessed", digest), true],
  [tagged("blessed"), false],
  [tagged("stable"), false],
];
for (const [at, isExact] of EXACT)
  test(`${at.tag ?? "no tag"}${at.digest === null ? "" : ", a digest"}: ${isExact ? "it itself" : "whatever is there"}`, () =>
    assert.equal(isExactAt(at, { product: "1.4.0" }), isExact));

test("what is to be written down names the chart where this deployment has it", () => {
  const { chart, version } = releasedAs(named.release, "mirror.example.org/m");
  assert.deepEqual([chart, version], ["oci://mirror.example.org/m/charts/touchstone", "1.4.0"]);
  assert.equal(releasedAs(named.release, "").chart, "oci://r.example.org/charts/touchstone");
});
