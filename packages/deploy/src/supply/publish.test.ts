/** From the description of a release to what an updater reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newKeyPair, privateKeyIn, publicKeysIn } from "./key.ts";
import { publishedIn, signRelease, verifyPublished } from "./publish.ts";
import { pointerTo } from "./release.ts";
import { signDocument } from "./signature.ts";
import { codeOf } from "../trial/thrown.ts";

const [first, second, stranger] = [newKeyPair(), newKeyPair(), newKeyPair()];
const key = ({ privatePem }: { privatePem: string }) => privateKeyIn(privatePem, "a key");
const keys = ({ publicPem }: { publicPem: string }) => publicKeysIn(publicPem, "keys");
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const NOW = new Date("2026-11-24T12:00:00Z");
const options = { file: "release.yaml", now: NOW, chartDigest: digest("c") };

const DESCRIPTION = `
product: 1.4.0
chart: { address: oci://registry.example.org/touchstone }
images: { controlPlane: "${digest("1")}", dataplane: "${digest("2")}", updater: "${digest("3")}" }
channels: [internal, canary]
upgradableFrom: 1.2.0
reversible: true
notes: https://example.org/releases/1.4.0
`;

test("a description becomes a release, signed by one and then by another", () => {
  const once = signRelease(DESCRIPTION, key(first), options);
  const { release } = publishedIn(JSON.stringify(once), "release.json");
  assert.equal(release.chart.digest, digest("c"));
  assert.deepEqual([release.issuedAt, release.expiresAt], ["2026-11-24T12:00:00.000Z", "2027-11-24T12:00:00.000Z"]);
  const twice = signRelease(JSON.stringify(once), key(second), options);
  assert.deepEqual(twice.document, once.document);
  assert.deepEqual(
    twice.signatures.map(({ keyId }) => keyId),
    [first.id, second.id],
  );
});

test("a pointer carries its release, and both are verified", () => {
  const signed = signRelease(DESCRIPTION, key(first), options);
  const pointer = signDocument(pointerTo(signed, "canary", 14, NOW), key(first));
  const published = publishedIn(JSON.stringify(pointer), "canary.json");
  assert.deepEqual(verifyPublished(published, keys(first), "canary.json"), { signers: [first.id], releaseSigners: [first.id] });
  assert.equal(published.what.kind === "touchstone/channel" && published.what.counter, NOW.getTime() / 1000);
  assert.equal(
    codeOf(() => verifyPublished(published, keys(second), "canary.json")),
    "DOCUMENT_SIGNER_UNKNOWN",
  );
  const mixed = signDocument(pointerTo(signRelease(DESCRIPTION, key(stranger), options), "canary", 14, NOW), key(first));
  assert.equal(
    codeOf(() => verifyPublished(publishedIn(JSON.stringify(mixed), "x"), keys(first), "x")),
    "DOCUMENT_SIGNER_UNKNOWN",
  );
});

const REFUSED: readonly { what: string; text: string; chartDigest?: string | null }[] = [
  { what: "no YAML", text: "a: [" },
  { what: "nothing", text: "" },
  { what: "a key twice", text: `${DESCRIPTION}product: 1.5.0\n` },
  { what: "an unknown key", text: `${DESCRIPTION}chanels: [stable]\n` },
  { what: "no digest of the chart", text: DESCRIPTION, chartDigest: null },
  { what: "the digest of another chart", text: DESCRIPTION.replace("touchstone }", `touchstone, digest: "${digest("d")}" }`) },
  { what: "a tag that moves", text: DESCRIPTION.replace("1.4.0", "latest") },
  { what: "a chart from anywhere", text: DESCRIPTION.replace("oci://", "http://") },
  { what: "a password in the address", text: DESCRIPTION.replace("oci://", "oci://me:secret@") },
  {
    what: "a signed document of another kind",
    text: JSON.stringify(signDocument({ kind: "touchstone/transfer", version: 1 }, key(first))),
  },
  { what: "a release for ever", text: `${DESCRIPTION}expiresAt: 2036-01-01T00:00:00Z\n` },
];
for (const { what, text, chartDigest = digest("c") } of REFUSED)
  test(`not signed: ${what}`, () =>
    assert.equal(
      codeOf(() => signRelease(text, key(first), { ...options, chartDigest })),
      "DOCUMENT_INVALID",
    ));

test("the same release said otherwise is the same", () => {
  const stated = DESCRIPTION.replace("touchstone }", `touchstone, digest: "${digest("c")}" }`);
  assert.deepEqual(signRelease(stated, key(first), options), signRelease(DESCRIPTION, key(first), options));
});
