/** Signed documents in a registry: written, read, and everything that can be wrong with one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import type { ErrorCode } from "@touchstone/core/errors";
import { addressOf, referenceOf } from "../registry/reference.ts";
import { startRegistryInMemory, type Guard, type RegistryInMemory } from "../trial/registry-in-memory.ts";
import { codeIs } from "../trial/thrown.ts";
import { sha256Of } from "../deployment/digest.ts";
import { DOCUMENT_BYTES_MAX, readFromRegistry, writeToRegistry } from "./in-registry.ts";
import { newKeyPair, privateKeyIn, publicKeysIn } from "./key.ts";
import { publishedIn, signRelease } from "./publish.ts";
import { pointerTo } from "./release.ts";
import { signDocument, signedIn, verifyDocument } from "./signature.ts";

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "touchstone-in-registry-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const { privatePem, publicPem } = newKeyPair();
const key = privateKeyIn(privatePem, "mine");
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const DESCRIPTION = `product: 1.4.0
chart: { address: oci://registry.example.org/charts/touchstone, digest: "${digest("0")}" }
images: { controlPlane: "${digest("1")}", dataplane: "${digest("2")}", updater: "${digest("3")}" }
channels: [canary, stable]
upgradableFrom: 1.2.0
reversible: true
notes: https://example.org/1.4.0
`;
const release = signRelease(DESCRIPTION, key, { file: "release.yaml", now: new Date(), chartDigest: null });
const pointer = signDocument(pointerTo(release, "stable", 14, new Date()), key);
const published = (signed: object) => publishedIn(JSON.stringify(signed), "it");

const PLACE = "touchstone/releases";
/** The login of a person, as helm keeps one. */
const loggedIn = (registry: string, login: string | null): NodeJS.ProcessEnv => {
  const file = join(folder, `login-${sha256Of(Buffer.from(`${registry}${login}`)).slice(-8)}.json`);
  writeFileSync(file, JSON.stringify({ auths: login === null ? {} : { [registry]: { auth: login } } }));
  return { HELM_REGISTRY_CONFIG: file };
};
const nobody = { HELM_REGISTRY_CONFIG: join(folder, "none.json") };
const at = (registry: string, rest = ":stable") => referenceOf(`oci://${registry}/${PLACE}${rest}`, "--to");
/** With a registry that has both documents. */
const withRegistry = async (work: (registry: RegistryInMemory) => Promise<void>): Promise<void> => {
  const registry = await startRegistryInMemory();
  try {
    for (const one of [pointer, release])
      await writeToRegistry(published(one), `oci://${registry.address}/${PLACE}`, "--to", { signal, env: nobody });
    await work(registry);
  } finally {
    await registry.close();
  }
};

test("a pointer and a release are found by channel, version and digest, and are as they were signed", () =>
  withRegistry(async ({ address }) => {
    for (const [rest, signed] of [
      [":stable", pointer],
      [":1.4.0", release],
    ] as const) {
      const text = await readFromRegistry(at(address, rest), { signal, env: nobody });
      assert.deepEqual(verifyDocument(signedIn(text, "it"), publicKeysIn(publicPem, "keys"), { name: "it" }).document, signed.document);
    }
    const again = await writeToRegistry(published(pointer), `oci://${address}/${PLACE}:early`, "--to", { signal, env: nobody });
    assert.match(again, /:early@sha256:[a-f0-9]{64}$/);
    assert.equal(addressOf(referenceOf(again, "--to")), again);
    assert.equal(
      signedIn(await readFromRegistry(referenceOf(again, "--to"), { signal, env: nobody }), "it").document["kind"],
      "touchstone/channel",
    );
  }));

const layerOf = ({ manifests }: RegistryInMemory): { manifest: Record<string, unknown>; digest: string } => {
  const manifest: { layers: { digest: string }[] } = JSON.parse(String(manifests.get(`${PLACE}/stable`)));
  return { manifest, digest: manifest.layers[0]?.digest ?? "" };
};
const large = Buffer.alloc(DOCUMENT_BYTES_MAX + 1, " ");

const BROKEN: readonly { what: string; code: ErrorCode; why?: RegExp; rest?: string; spoil: (registry: RegistryInMemory) => void }[] = [
  { what: "no such tag", code: "REGISTRY_LACKS", rest: ":nowhere", spoil: () => undefined },
  { what: "no such digest", code: "REGISTRY_LACKS", rest: `@${digest("9")}`, spoil: () => undefined },
  {
    what: "another manifest than the digest says",
    code: "CONTENT_ALTERED",
    rest: `@${digest("8")}`,
    spoil: ({ manifests }) => void manifests.set(`${PLACE}/${digest("8")}`, Buffer.from("{}")),
  },
  {
    what: "another document than the manifest says",
    code: "CONTENT_ALTERED",
    spoil: (registry) => void registry.blobs.set(layerOf(registry).digest, Buffer.from("{}")),
  },
  {
    what: "a document that is not there",
    code: "REGISTRY_UNREACHABLE",
    why: /404/,
    spoil: (registry) => void registry.blobs.delete(layerOf(registry).digest),
  },
  {
    what: "a document that is said to be too large",
    code: "DOCUMENT_TOO_LARGE",
    spoil: (registry) => {
      const { manifest, digest: layer } = layerOf(registry);
      const layers = [{ mediaType: "application/vnd.touchstone.channel.v1+json", digest: layer, size: large.length }];
      registry.manifests.set(`${PLACE}/stable`, Buffer.from(JSON.stringify({ ...manifest, layers })));
    },
  },
  {
    what: "a document that is too large",
    code: "DOCUMENT_TOO_LARGE",
    spoil: (registry) => void registry.blobs.set(layerOf(registry).digest, large),
  },
  {
    what: "a manifest that is too large",
    code: "DOCUMENT_TOO_LARGE",
    spoil: ({ manifests }) => void manifests.set(`${PLACE}/stable`, Buffer.alloc(300 * 1024, " ")),
  },
  {
    what: "a chart",
    code: "DOCUMENT_INVALID",
    why: /cncf\.helm\.config/,
    spoil: ({ manifests }) =>
      void manifests.set(
        `${PLACE}/stable`,
        Buffer.from(JSON.stringify({ config: { mediaType: "application/vnd.cncf.helm.config.v1+json" }, layers: [] })),
      ),
  },
  {
    what: "what is no manifest",
    code: "DOCUMENT_INVALID",
    spoil: ({ manifests }) => void manifests.set(`${PLACE}/stable`, Buffer.from("<html>")),
  },
];
for (const { what, code, why, rest, spoil } of BROKEN)
  test(`${what} is refused: ${code}`, () =>
    withRegistry(async (registry) => {
      spoil(registry);
      await assert.rejects(readFromRegistry(at(registry.address, rest), { signal, env: nobody }), codeIs(code, why));
    }));

test("a registry that is not there, and one that is broken", async () => {
  const gone = await startRegistryInMemory();
  await gone.close();
  await assert.rejects(readFromRegistry(at(gone.address), { signal, env: nobody }), codeIs("REGISTRY_UNREACHABLE", /ECONNREFUSED/));
  const broken = await startRegistryInMemory({ failing: 503 });
  await assert
    .rejects(readFromRegistry(at(broken.address), { signal, env: nobody }), codeIs("REGISTRY_UNREACHABLE", /503/))
    .finally(broken.close);
  await assert.rejects(readFromRegistry(at("localhost:1"), { signal: AbortSignal.abort(), env: nobody }), codeIs("ABORTED"));
});

const LOGIN = Buffer.from("me:mine").toString("base64");
const GUARDS: readonly { what: string; guard: Guard; login: string | null; code: ErrorCode | null; why?: RegExp }[] = [
  { what: "a login", guard: { by: "basic", login: LOGIN }, login: LOGIN, code: null },
  {
    what: "no login where one is asked for",
    guard: { by: "basic", login: LOGIN },
    login: null,
    code: "REGISTRY_REFUSED",
    why: /no login for it/,
  },
  { what: "another's login", guard: { by: "basic", login: LOGIN }, login: "eDp5", code: "REGISTRY_REFUSED", why: /401, to the login/ },
  { what: "a token for a login", guard: { by: "bearer", login: LOGIN }, login: LOGIN, code: null },
  { what: "a token for everybody", guard: { by: "bearer", login: null }, login: null, code: null },
  { what: "no token for another's login", guard: { by: "bearer", login: LOGIN }, login: "eDp5", code: "REGISTRY_REFUSED" },
];
suite("who is let in", () => {
  for (const { what, guard, login, code, why } of GUARDS)
    test(`${what}: ${code ?? "let in"}`, async () => {
      const registry = await startRegistryInMemory({ guard });
      const options = { signal, env: loggedIn(registry.address, login) };
      try {
        const written = writeToRegistry(published(pointer), `oci://${registry.address}/${PLACE}`, "--to", options);
        if (code !== null) return await assert.rejects(written, codeIs(code, why));
        assert.equal(signedIn(await readFromRegistry(referenceOf(await written, "--to"), options), "it").signatures.length, 1);
      } finally {
        await registry.close();
      }
    });
});

test("what is written says its own digest", () =>
  assert.rejects(
    writeToRegistry(published(release), `oci://r.example.org/a@${digest("1")}`, "--to", { signal }),
    codeIs("OPTION_INVALID"),
  ));
