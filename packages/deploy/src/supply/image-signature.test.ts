/** Signatures of images: those of cosign 2.5.0, made for this file, and everything that is none. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { toErrorInfo, type ErrorCode } from "@touchstone/core/errors";
import { imageSignersIn, signaturesIn, signerOfImage, type ImageSignature } from "./image-signature.ts";

const DIGEST = "sha256:f90947509d8513035af534d11c3eecbe3f2354e9e234fbbc9cecf9f540477c5f";
/** `cosign sign --key cosign.key --tlog-upload=false 127.0.0.1:5055/touchstone/x@sha256:f909…` */
const COSIGNS = {
  key: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeAjl9vtYNXJKz0iZm4vuT/jViqak
aZUWaF0vQfqzp8Sq7xiCwUjKQv9KJM8P0oJMjIeE+l+HCs8GlqSBnIMLaA==
-----END PUBLIC KEY-----
`,
  payload: `{"critical":{"identity":{"docker-reference":"127.0.0.1:5055/touchstone/x"},"image":{"docker-manifest-digest":"sha256:f90947509d8513035af534d11c3eecbe3f2354e9e234fbbc9cecf9f540477c5f"},"type":"cosign container image signature"},"optional":null}`,
  signature: "MEQCIHN0I2SA8MJxCb3YFm+laXNywM4gdTvpV/sTWYBvVBmrAiBzkFookZlFouSkZzO/l6esVt5uzSz6as18tc5Zp8B16g==",
};

const pair = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pemOf = ({ publicKey }: ReturnType<typeof pair>): string => publicKey.export({ type: "spki", format: "pem" }).toString();
const payloadOf = (digest: string, type = "cosign container image signature"): Buffer =>
  Buffer.from(
    JSON.stringify({
      critical: { identity: { "docker-reference": "r/x" }, image: { "docker-manifest-digest": digest }, type },
      optional: null,
    }),
  );
const [ours, theirs] = [pair(), pair()];
const signedBy = ({ privateKey }: ReturnType<typeof pair>, payload = payloadOf(DIGEST)): ImageSignature => ({
  payload,
  signature: sign("sha256", payload, privateKey),
});
const cosigns: ImageSignature = { payload: Buffer.from(COSIGNS.payload), signature: Buffer.from(COSIGNS.signature, "base64") };
const changed = ({ payload, signature }: ImageSignature): ImageSignature => ({
  payload: Buffer.concat([payload, Buffer.from(" ")]),
  signature,
});

const CASES: readonly [what: string, signatures: ImageSignature[], keys: string, expected: ErrorCode | null][] = [
  ["as cosign signs", [cosigns], COSIGNS.key, null],
  ["ours", [signedBy(ours)], pemOf(ours), null],
  ["ours beside another's", [signedBy(theirs), signedBy(ours)], pemOf(ours), null],
  ["by one of two keys", [signedBy(ours)], pemOf(theirs) + pemOf(ours), null],
  ["none", [], pemOf(ours), "IMAGE_UNSIGNED"],
  ["another's", [signedBy(theirs)], pemOf(ours), "IMAGE_UNVERIFIED"],
  ["changed afterwards", [changed(cosigns)], COSIGNS.key, "IMAGE_UNVERIFIED"],
  ["of another image", [signedBy(ours, payloadOf(`sha256:${"1".repeat(64)}`))], pemOf(ours), "IMAGE_UNVERIFIED"],
  ["of something else than an image", [signedBy(ours, payloadOf(DIGEST, "another"))], pemOf(ours), "IMAGE_UNVERIFIED"],
  ["of what is no JSON", [signedBy(ours, Buffer.from("{"))], pemOf(ours), "IMAGE_UNVERIFIED"],
  ["no signature at all", [{ payload: payloadOf(DIGEST), signature: Buffer.from("hello") }], pemOf(ours), "IMAGE_UNVERIFIED"],
  ["an empty one", [{ payload: payloadOf(DIGEST), signature: Buffer.alloc(0) }], pemOf(ours), "IMAGE_UNVERIFIED"],
];
for (const [what, signatures, keys, expected] of CASES)
  test(`a signature ${what}: ${expected ?? "good"}`, () => {
    const judge = () => signerOfImage({ reference: "r/x", digest: DIGEST }, signatures, imageSignersIn(keys, "keys"));
    if (expected === null) assert.match(judge(), /^sha256:[a-f0-9]{64}$/);
    else assert.throws(judge, (thrown) => toErrorInfo(thrown).code === expected);
  });

const KEYS: readonly [what: string, pem: string][] = [
  ["no key", "hello"],
  ["a broken one", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
  ["one of Ed25519", generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString()],
  [
    "one of another curve",
    generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey.export({ type: "spki", format: "pem" }).toString(),
  ],
];
for (const [what, pem] of KEYS)
  test(`keys: ${what} is refused`, () =>
    assert.throws(
      () => imageSignersIn(pem, "keys"),
      (thrown) => toErrorInfo(thrown).code === "KEY_INVALID",
    ));

const layer = {
  mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
  digest: DIGEST,
  annotations: { "dev.cosignproject.cosign/signature": "AAAA" },
};
const MANIFESTS: readonly [what: string, text: string, expected: number | null][] = [
  ["of one signature", JSON.stringify({ layers: [layer] }), 1],
  [
    "with something else in it",
    JSON.stringify({ layers: [{ ...layer, mediaType: "text/plain" }, { ...layer, annotations: {} }, layer] }),
    1,
  ],
  ["of too many", JSON.stringify({ layers: Array.from({ length: 65 }, () => layer) }), null],
  ["of another kind", JSON.stringify({ manifests: [] }), null],
  ["that is no JSON", "{", null],
];
for (const [what, text, expected] of MANIFESTS)
  test(`a manifest ${what}: ${expected ?? "none"}`, () => assert.equal(signaturesIn(text)?.length ?? null, expected));
