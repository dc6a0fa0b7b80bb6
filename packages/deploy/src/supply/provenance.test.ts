/** Helm's provenance file and the keys that count, as texts: what helm makes of them is tried with the real one (`provenance.slow.test.ts`). */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { codeIs } from "../trial/thrown.ts";
import { checkProvenanceBeside, keyringOf, provenanceFileOf, statedDigest } from "./provenance.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const NAME = "touchstone-1.4.0.tgz";

const signed = (files: string): string => `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

apiVersion: v2
description: 'files: of another kind'
name: touchstone
version: 1.4.0

...
${files}
-----BEGIN PGP SIGNATURE-----

wsDcBAEBCgAQBQJqJ
=jG3Y
-----END PGP SIGNATURE-----
`;

const STATED: readonly [what: string, text: string, digest: string | null][] = [
  ["the file", signed(`files:\n  ${NAME}: ${DIGEST}`), DIGEST],
  ["with ends of lines of Windows", signed(`files:\n  ${NAME}: ${DIGEST}`).replaceAll("\n", "\r\n"), DIGEST],
  ["another file", signed(`files:\n  touchstone-1.3.0.tgz: ${DIGEST}`), null],
  ["no file", signed("files: {}"), null],
  ["something else than files", signed("other: 1"), null],
  ["what is no YAML", signed("files:\n  [: }"), null],
  ["nothing that is signed", "hello", null],
  ["nothing", "", null],
];
suite("a provenance that names", () => {
  for (const [what, text, digest] of STATED) test(what, () => assert.equal(statedDigest(text, NAME), digest));
});

const armored = (bytes: string, { headers = "", checksum = "\n=aBc4" } = {}): string =>
  `-----BEGIN PGP PUBLIC KEY BLOCK-----\n${headers}\n${Buffer.from(bytes).toString("base64")}${checksum}\n-----END PGP PUBLIC KEY BLOCK-----\n`;

const KEYRINGS: readonly [what: string, text: string, bytes: string | null][] = [
  ["one key", armored("one"), "one"],
  ["several, with words between them", `first:\n${armored("one")}second:\n${armored("two")}`, "onetwo"],
  ["headers", armored("one", { headers: "Version: 1\nComment: of the publisher\n" }), "one"],
  ["no checksum, which is optional", armored("one", { checksum: "" }), "one"],
  ["ends of lines of Windows", armored("one").replaceAll("\n", "\r\n"), "one"],
  ["an empty block", armored(""), null],
  ["a signature", armored("one").replaceAll("PUBLIC KEY BLOCK", "SIGNATURE"), null],
  ["nothing", "", null],
];
suite("keys with", () => {
  for (const [what, text, bytes] of KEYRINGS) test(what, () => assert.equal(keyringOf(text)?.toString() ?? null, bytes));
});

suite("an archive with", () => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-provenance-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const archive = join(folder, NAME);
  const BESIDE: readonly [what: string, text: string | null, refused: boolean][] = [
    ["nothing beside it is not signed, which is no mistake", null, false],
    ["its provenance", signed(`files:\n  ${NAME}: ${DIGEST}`), false],
    ["that of one before", signed(`files:\n  ${NAME}: ${OTHER}`), true],
    ["something else of that name", "hello", true],
  ];
  for (const [what, text, refused] of BESIDE)
    test(what, async () => {
      rmSync(provenanceFileOf(archive), { force: true });
      if (text !== null) writeFileSync(provenanceFileOf(archive), text);
      const checked = checkProvenanceBeside(archive, DIGEST);
      if (refused) await assert.rejects(checked, codeIs("PROVENANCE_OTHERWISE"));
      else await checked;
    });
});
