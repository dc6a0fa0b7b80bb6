/** What is signed, by whom, and everything that a signature does not let through. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import type { ErrorCode } from "@touchstone/core/errors";
import { canonical, JsonValue, type Json } from "./canonical.ts";
import { newKeyPair, privateKeyIn, publicKeysIn } from "./key.ts";
import { coSign, Signed, signDocument, signedBytes, signedIn, verifyDocument } from "./signature.ts";
import { codeOf } from "../trial/thrown.ts";

/** Cases of RFC 8785: §3.2.2 and §3.2.3, and numbers of appendix B. */
const CANONICAL: readonly { what: string; value: Json; text: string }[] = [
  {
    what: "the RFC's example",
    value: {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    },
    text: `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA'B\\"\\\\\\\\\\"/"}`,
  },
  {
    what: "the order of keys is that of UTF-16",
    value: { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 },
    text: '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  },
  { what: "minus zero", value: -0, text: "0" },
  { what: "the least number", value: 5e-324, text: "5e-324" },
  { what: "the greatest", value: 1.7976931348623157e308, text: "1.7976931348623157e+308" },
  { what: "beyond whole numbers", value: 9007199254740994, text: "9007199254740994" },
  { what: "a large exponent", value: 1e21, text: "1e+21" },
  { what: "nothing", value: [{}, [], ""], text: '[{},[],""]' },
  {
    what: "a key that means something to JavaScript",
    value: JSON.parse('{"b":1,"__proto__":{"z":1,"a":2}}'),
    text: '{"__proto__":{"a":2,"z":1},"b":1}',
  },
];

for (const { what, value, text } of CANONICAL) test(`canonical: ${what}`, () => assert.equal(canonical(value), text));

test("canonical: means the same, whatever order it was written in", () =>
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = JsonValue.parse(JSON.parse(JSON.stringify(value)));
      assert.deepEqual(JSON.parse(canonical(read)), read);
      assert.equal(canonical(JsonValue.parse(JSON.parse(canonical(read)))), canonical(read));
    }),
  ));

const [ours, theirs, strangers] = [newKeyPair(), newKeyPair(), newKeyPair()];
const privateOf = ({ privatePem }: { privatePem: string }) => privateKeyIn(privatePem, "a key");
const publicOf = (...pairs: { publicPem: string }[]) => pairs.flatMap(({ publicPem }) => publicKeysIn(publicPem, "keys"));
const DOCUMENT = { kind: "touchstone/trial", version: 1, text: "Grüße", list: [1, { deep: null }] };
const signed = signDocument(DOCUMENT, privateOf(ours));
const name = "trial.json";

const both = coSign(signed, privateOf(theirs));
const bySwappedKey = { ...signed, signatures: signed.signatures.map((one) => ({ ...one, keyId: theirs.id })) };
const VERIFIED: readonly { what: string; signed: Signed; keys: { publicPem: string }[]; everyone?: boolean; code: ErrorCode | null }[] = [
  { what: "signed by a known key", signed, keys: [theirs, ours], code: null },
  {
    what: "read and written again, in another order",
    signed: Signed.parse({
      signatures: signed.signatures,
      document: JSON.parse(JSON.stringify({ list: DOCUMENT.list, text: DOCUMENT.text, version: 1, kind: DOCUMENT.kind })),
    }),
    keys: [ours],
    code: null,
  },
  { what: "by two, both known", signed: both, keys: [ours, theirs], everyone: true, code: null },
  { what: "by two, one known", signed: both, keys: [theirs], everyone: true, code: null },
  { what: "by one where both have to", signed, keys: [ours, theirs], everyone: true, code: "DOCUMENT_SIGNATURE_LACKING" },
  {
    what: "one signature twice is not two",
    signed: { ...signed, signatures: [...signed.signatures, ...signed.signatures] },
    keys: [ours, theirs],
    everyone: true,
    code: "DOCUMENT_SIGNATURE_LACKING",
  },
  { what: "by nobody", signed: { ...signed, signatures: [] }, keys: [ours], code: "DOCUMENT_UNSIGNED" },
  { what: "by a stranger", signed: signDocument(DOCUMENT, privateOf(strangers)), keys: [ours, theirs], code: "DOCUMENT_SIGNER_UNKNOWN" },
  { what: "where nobody is trusted", signed, keys: [], code: "DOCUMENT_SIGNER_UNKNOWN" },
  { what: "by a stranger who says he is known", signed: bySwappedKey, keys: [theirs], code: "DOCUMENT_ALTERED" },
  { what: "altered", signed: { ...signed, document: { ...signed.document, version: 2 } }, keys: [ours], code: "DOCUMENT_ALTERED" },
  {
    what: "with something added",
    signed: { ...signed, document: { ...signed.document, more: null } },
    keys: [ours],
    code: "DOCUMENT_ALTERED",
  },
  {
    what: "altered, and signed again by a stranger",
    signed: coSign({ ...signed, document: { ...signed.document, version: 2 } }, privateOf(strangers)),
    keys: [ours, theirs],
    code: "DOCUMENT_ALTERED",
  },
];

for (const { what, signed: given, keys, everyone = false, code } of VERIFIED)
  test(`${what}: ${code ?? "good"}`, () =>
    assert.equal(
      codeOf(() => verifyDocument(given, publicOf(...keys), { name, everyone })),
      code,
    ));

test("what is verified is what was said, and who said it", () => {
  assert.deepEqual(verifyDocument(both, publicOf(ours, theirs), { name }), { document: DOCUMENT, signers: [ours.id, theirs.id] });
  assert.deepEqual(
    coSign(both, privateOf(ours)).signatures.map(({ keyId }) => keyId),
    [theirs.id, ours.id],
  );
});

test("any change of any byte of a signed text is noticed", () => {
  const text = JSON.stringify(signed);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.stringMatching(/^[ -~]$/), (at, character) => {
      const changed = text.slice(0, at) + character + text.slice(at + 1);
      const code = codeOf(() => {
        const { document } = verifyDocument(signedIn(changed, name), publicOf(ours), { name });
        assert.deepEqual(document, DOCUMENT);
      });
      assert.ok(code !== "INTERNAL", changed);
    }),
    { numRuns: 500 },
  );
});

const TEXTS: readonly { what: string; text: string }[] = [
  { what: "no JSON", text: "{" },
  { what: "something else", text: '{"a":1}' },
  { what: "half a signature", text: JSON.stringify({ document: {}, signatures: [{ keyId: ours.id, signature: "AAAA" }] }) },
  { what: "a list", text: '{"document":[],"signatures":[]}' },
  { what: "a text that is not Unicode", text: '{"document":{"a":"\\ud800"},"signatures":[]}' },
  {
    what: "seventeen signatures",
    text: JSON.stringify({ document: {}, signatures: Array.from({ length: 17 }, () => signed.signatures[0]) }),
  },
];
for (const { what, text } of TEXTS)
  test(`not a signed document: ${what}`, () =>
    assert.equal(
      codeOf(() => signedIn(text, name)),
      "DOCUMENT_INVALID",
    ));

const KEYS: readonly { what: string; read: () => unknown }[] = [
  { what: "nothing", read: () => publicKeysIn("", name) },
  { what: "a private key where a public one belongs", read: () => publicKeysIn(ours.privatePem + ours.publicPem, name) },
  { what: "a public key where a private one belongs", read: () => privateKeyIn(ours.publicPem, name) },
  { what: "a PEM of nothing", read: () => publicKeysIn("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", name) },
];
for (const { what, read } of KEYS) test(`not a key: ${what}`, () => assert.equal(codeOf(read), "KEY_INVALID"));

test("openssl makes keys that are taken, and verifies what is signed", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-keys-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (file: string) => join(folder, file);
  try {
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", at("key.pem")], { stdio: "ignore" });
  } catch {
    return t.skip("there is no openssl with Ed25519 here");
  }
  const pem = execFileSync("openssl", ["pkey", "-in", at("key.pem")], { encoding: "utf8" });
  const key = privateKeyIn(pem, "key.pem");
  const byIt = signDocument(DOCUMENT, key);
  writeFileSync(at("public.pem"), key.publicPem);
  writeFileSync(at("bytes"), signedBytes(byIt.document));
  writeFileSync(at("signature"), Buffer.from(byIt.signatures[0]?.signature ?? "", "base64"));
  const said = execFileSync(
    "openssl",
    ["pkeyutl", "-verify", "-pubin", "-inkey", at("public.pem"), "-rawin", "-in", at("bytes"), "-sigfile", at("signature")],
    { encoding: "utf8" },
  );
  assert.match(said, /Verified Successfully/);
  execFileSync("openssl", ["genpkey", "-algorithm", "ed448", "-out", at("other.pem")], { stdio: "ignore" });
  assert.equal(
    codeOf(() => privateKeyIn(execFileSync("openssl", ["pkey", "-in", at("other.pem")], { encoding: "utf8" }), "other.pem")),
    "KEY_INVALID",
  );
});
