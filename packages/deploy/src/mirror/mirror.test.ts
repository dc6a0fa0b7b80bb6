/** What is asked of images and archives before anything is copied: with registries in memory, and archives that somebody made. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stringify } from "yaml";
import type { Deployment } from "../deployment/deployment.ts";
import { sha256Of } from "../deployment/digest.ts";
import { deploymentIn } from "../deployment/read.ts";
import { codeIs } from "../trial/thrown.ts";
import { unpackArchive } from "./archive.ts";
import { imagesOf, sourceOf, targetOf } from "./images.ts";
import { loadMirror, mirrorTo, writeMirror, type MirrorTools } from "./mirror.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-mirror-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;

/** Whatever is there, by its reference, and what was copied from where. */
const inMemory = (there: ReadonlyMap<string, string>) => {
  const manifests = new Map(there);
  const asked: string[] = [];
  const copied: string[] = [];
  const manifestOf = async (reference: string) => (asked.push(reference), manifests.get(reference) ?? null);
  const tools: MirrorTools = {
    skopeo: {
      manifestOf,
      digestOf: async (reference) => {
        const manifest = await manifestOf(reference);
        return manifest === null ? null : sha256Of(manifest);
      },
      copy: async (from, to) => {
        copied.push(from);
        const manifest = manifests.get(from);
        if (manifest !== undefined) manifests.set(to, manifest);
      },
    },
    get helm(): never {
      throw new Error("no chart is asked for here");
    },
    plainHttp: true,
    tell: () => undefined,
    signal,
  };
  return { tools, asked, copied };
};

const imageSigners = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey.export({ type: "spki", format: "pem" }).toString();
const digest = `sha256:${"1".repeat(64)}`;
const signed = (digests: Record<string, string>): Deployment =>
  deploymentIn(
    stringify({ version: 1, name: "acme", model: "customer", fqdn: "q.example.org", release: { imageSigners, digests } }),
    "deployment.yaml",
  );

const UNPINNED: readonly [missing: string, digests: Record<string, string>][] = [
  ["controlPlane", {}],
  ["updater", { controlPlane: digest, dataplane: digest }],
];
for (const [missing, digests] of UNPINNED)
  test(`images that have to be signed have to be named by digest: ${missing}`, async () => {
    const deployment = signed(digests);
    const { tools, asked } = inMemory(new Map());
    const refused = codeIs("IMAGE_UNPINNED", /a tag can be another image/);
    await assert.rejects(mirrorTo("r.example.org", { deployment, source: "from.example.org" }, tools), refused);
    await assert.rejects(writeMirror(join(folder, "none.tar"), { deployment, source: "from.example.org" }, tools), refused);
    await assert.rejects(loadMirror(archiveWith(), "r.example.org", deployment, tools), refused);
    assert.deepEqual(asked, []);
  });

test("what was verified is what is copied, whatever its tag becomes", async () => {
  const source = "from.example.org";
  const [first, second] = imagesOf(null);
  if (first === undefined || second === undefined) return assert.fail();
  const byDigest = sourceOf({ ...first, digest: sha256Of("one") }, source);
  const { tools, copied } = inMemory(
    new Map([
      [sourceOf(first, source), "one"],
      [byDigest, "one"],
    ]),
  );
  await assert.rejects(mirrorTo("r.example.org", { deployment: null, source }, tools), codeIs("IMAGE_MISSING"));
  assert.deepEqual(copied, [byDigest]);
  assert.equal(await tools.skopeo.digestOf(targetOf(first, "r.example.org")), sha256Of("one"));
});

type Listed = { key: string; repository: string; tag: string; digest: string; companions: string[] };
const LISTED: readonly Listed[] = imagesOf(null).map(({ key, repository, tag }) => ({ key, repository, tag, digest, companions: [] }));
let made = 0;
/** An archive as it should be, but for this. */
const archiveWith = (images: readonly Listed[] = LISTED, tarArgs: readonly string[] = []): string => {
  const at = join(folder, `archive-${(made += 1)}`);
  for (const name of ["chart", "images/dataplane"]) mkdirSync(join(at, name), { recursive: true });
  writeFileSync(join(at, "chart/touchstone-0.1.0.tgz"), "chart");
  writeFileSync(join(at, "images/dataplane/version"), "Directory Transport Version: 1.1\n");
  const chart = { file: "touchstone-0.1.0.tgz", digest: sha256Of("chart") };
  writeFileSync(join(at, "mirror.json"), JSON.stringify({ version: 1, images, chart }));
  execFileSync("tar", ["-cf", `${at}.tar`, ...tarArgs, "-C", at, "."]);
  return `${at}.tar`;
};
const unpacked = (archive: string) => unpackArchive(archive, mkdtempSync(join(folder, "unpacked-")), signal);

test("an archive as it should be", async () => assert.equal((await unpacked(archiveWith())).images.length, 3));

const last = LISTED.at(-1) ?? assert.fail();
const but = (change: Partial<Listed>): Listed[] => [...LISTED.slice(0, -1), { ...last, ...change }];
const LISTS: readonly [what: string, images: Listed[]][] = [
  ["another repository", but({ repository: "localhost/touchstone/payroll" })],
  ["the repository of another of its images", but({ repository: LISTED[0]?.repository ?? "" })],
  ["a tag that leads elsewhere", but({ tag: "1@sha256:2" })],
  ["an empty tag", but({ tag: "" })],
  ["a path for a tag", but({ tag: "../1" })],
  ["a tag with a line break", but({ tag: "1.0.0\n" })],
  ["one image twice", [...LISTED.slice(0, -1), LISTED[0] ?? last]],
];
for (const [what, images] of LISTS)
  test(`an archive with ${what} is refused`, () =>
    assert.rejects(unpacked(archiveWith(images)), codeIs("MIRROR_ARCHIVE_INVALID", /names other images/)));

for (const path of ["images/dataplane/..", "images/dataplane/../evil", "images/dataplane/x/.."])
  test(`an archive that holds ${path} is refused`, () =>
    assert.rejects(
      unpacked(archiveWith(LISTED, ["-P", `--transform=s,^\\./images/dataplane/version$,./${path},`])),
      codeIs("MIRROR_ARCHIVE_INVALID", /which no archive of touchstone does/),
    ));
