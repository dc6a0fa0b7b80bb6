/** Signatures beside images, of which some are broken: with a registry in memory, and in a folder as an archive has them. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stringify } from "yaml";
import type { ErrorCode } from "@touchstone/core/errors";
import { sha256Of } from "../deployment/digest.ts";
import { deploymentIn } from "../deployment/read.ts";
import { imagesOf, pathOf } from "../mirror/images.ts";
import { signaturesAt } from "../mirror/signatures.ts";
import type { Skopeo } from "../mirror/skopeo.ts";
import { imageSignersIn, PAYLOAD_BYTES_MAX, signerOfImage } from "../supply/image-signature.ts";
import { startRegistryInMemory } from "../trial/registry-in-memory.ts";
import { codeIs } from "../trial/thrown.ts";
import { verifyImages } from "./verified-images.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-signatures-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const digest = `sha256:${"1".repeat(64)}`;
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const imageSigners = publicKey.export({ type: "spki", format: "pem" }).toString();

const payloadWith = (padding: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      critical: { image: { "docker-manifest-digest": digest }, type: "cosign container image signature" },
      optional: { padding },
    }),
  );
/** A layer of cosign's, and what is there under its digest. */
type Layer = { payload: Buffer; there: Buffer };
const good: Layer = { payload: payloadWith(""), there: payloadWith("") };
const altered: Layer = { payload: payloadWith("one"), there: payloadWith("another") };
const large: Layer = { payload: payloadWith("x".repeat(PAYLOAD_BYTES_MAX)), there: payloadWith("x".repeat(PAYLOAD_BYTES_MAX)) };
const manifestOf = (layers: readonly Layer[]): string =>
  JSON.stringify({
    layers: layers.map(({ payload }) => ({
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      digest: sha256Of(payload),
      annotations: { "dev.cosignproject.cosign/signature": sign("sha256", payload, privateKey).toString("base64") },
    })),
  });

const CASES: readonly [what: string, layers: readonly Layer[], code: ErrorCode | null][] = [
  ["a good one", [good], null],
  ["a good one after one that was altered", [altered, good], null],
  ["a good one after one that is too large", [large, good], null],
  ["one that was altered", [altered], "IMAGE_UNSIGNED"],
  ["one that is too large", [large], "IMAGE_UNSIGNED"],
];
for (const [what, layers, code] of CASES) {
  test(`in a registry, ${what}: ${code ?? "verified"}`, async () => {
    const registry = await startRegistryInMemory();
    const digests = Object.fromEntries(imagesOf(null).map(({ key }) => [key, digest]));
    const release = { imageRegistry: registry.address, imageSigners, digests };
    const deployment = deploymentIn(stringify({ version: 1, name: "acme", model: "customer", fqdn: "q.example.org", release }), "it");
    for (const { repository } of imagesOf(null))
      registry.manifests.set(`${pathOf(repository)}/${digest.replace(":", "-")}.sig`, Buffer.from(manifestOf(layers)));
    for (const { payload, there } of layers) registry.blobs.set(sha256Of(payload), there);
    try {
      const verified = verifyImages({ deployment, tell: () => undefined, signal: new AbortController().signal });
      await (code === null ? verified : assert.rejects(verified, codeIs(code)));
    } finally {
      await registry.close();
    }
  });

  test(`in a folder, ${what}: ${code ?? "verified"}`, async () => {
    const at = mkdtempSync(join(folder, "image-"));
    const beside = `${at}.sig`;
    mkdirSync(beside);
    writeFileSync(join(beside, "manifest.json"), manifestOf(layers));
    for (const { payload, there } of layers) writeFileSync(join(beside, sha256Of(payload).replace("sha256:", "")), there);
    const skopeo: Skopeo = {
      manifestOf: async (reference) => readFileSync(join(reference.replace("dir:", ""), "manifest.json"), "utf8"),
      digestOf: async () => null,
      copy: async () => undefined,
    };
    const found = await signaturesAt(`dir:${beside}`, at, skopeo);
    const judge = () => signerOfImage({ reference: at, digest }, found, imageSignersIn(imageSigners, "keys"));
    if (code === null) assert.match(judge(), /^sha256:/);
    else assert.throws(judge, codeIs(code));
  });
}
