/** A chart that is signed when it is packed, and what becomes of one that is not what was signed, with each helm that is taken. */
import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { CHART_FOLDER } from "../chart/write.ts";
import { packSigned, publishChart, type PackedChart } from "../chart/publish.ts";
import type { Helm } from "../cluster/helm.ts";
import { deploymentIn } from "../deployment/read.ts";
import { install } from "../release/install.ts";
import { withVerifiedChart } from "../release/verified-chart.ts";
import { registriesAbsent, startRegistry } from "../trial/registry.ts";
import { makeSigningKey, signingKeysAbsent, type TrialKey } from "../trial/signing-key.ts";
import { NAMESPACE, openTrialSite, PATIENT, type TrialSite } from "../trial/site.ts";
import { codeIs } from "../trial/thrown.ts";
import { everyTrialTools } from "../trial/tools.ts";
import { checkProvenanceBeside, provenanceFileOf } from "./provenance.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-provenance-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const folderOf = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
};

const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, "    ");
const described = (chart: string, signers: string, version = ""): string =>
  `version: 1\nname: quality\nmodel: customer\nfqdn: quality.invalid\nsize: small\ncluster: {namespace: ${NAMESPACE}}\n` +
  `release:\n  chart: "${chart}"\n  version: "${version}"\n  signers: |\n${indented(signers)}\n`;

/** On the loopback, where registries have no certificates. */
const plainHttp = (helm: Helm): Helm => ({
  ...helm,
  good: (doing, args, options) => helm.good(doing, args[0] === "pull" ? [...args, "--plain-http"] : args, options),
});

type Keys = { publisher: TrialKey; stranger: TrialKey };
let made: Keys | undefined;
const keys = (): Keys =>
  (made ??= {
    publisher: makeSigningKey(folderOf("publisher"), "Touchstone releases"),
    stranger: makeSigningKey(folderOf("stranger"), "Somebody else"),
  });

const signedCharts = (major: number, env: NodeJS.ProcessEnv): void => {
  let on: TrialSite;
  let packed: PackedChart;
  let publisher: TrialKey;
  let stranger: TrialKey;
  before(async () => {
    on = await openTrialSite(env);
    ({ publisher, stranger } = keys());
    const { keyring, name: key, passphraseFile } = publisher;
    packed = await packSigned(on.helm, folderOf(`packed-${major}`), { keyring, key, passphraseFile });
  });
  after(() => on.close());

  /** The archive and its provenance elsewhere, to be changed there. */
  const copied = (name: string): string => {
    const archive = join(folderOf(`${name}-${major}`), basename(packed.archive));
    for (const file of ["", ".prov"]) copyFileSync(`${packed.archive}${file}`, `${archive}${file}`);
    return archive;
  };
  const verified = (chart: string, signers = publisher.armored) =>
    withVerifiedChart(on.site(described(chart, signers)), async ({ deployment }) => deployment.release);

  test("its provenance is of the archive", async () => {
    assert.match(readFileSync(provenanceFileOf(packed.archive), "utf8"), new RegExp(`touchstone-.*\\.tgz: ${packed.digest}`));
    await checkProvenanceBeside(packed.archive, packed.digest);
  });

  test("it is installed where one of the keys that count has signed it, and who has is told", async () => {
    await on.kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await on.makeSecret("touchstone-store", { DATABASE_URL: "postgres://db/touchstone" });
    const both = `${stranger.armored}\n${publisher.armored}`;
    const options = { preflight: null, createSecrets: true, timeoutSeconds: PATIENT };
    await install(on.site(described(packed.archive, both)), options);
    assert.match(on.told(), /^the chart touchstone-\S+ is signed by Touchstone releases <releases@example\.org>, [0-9A-F]{40}\n/);
    assert.equal(await on.standing(), "1 deployed");
  });

  const REFUSED: readonly { what: string; code: "CHART_UNSIGNED" | "CHART_UNVERIFIED"; why: RegExp; chart: () => string }[] = [
    {
      what: "an archive that was changed",
      code: "CHART_UNVERIFIED",
      why: /sha256 sum does not match/,
      chart: () => {
        const archive = copied("changed");
        appendFileSync(archive, "x");
        return archive;
      },
    },
    {
      what: "a provenance that was changed",
      code: "CHART_UNVERIFIED",
      why: /signature|hash|openpgp/i,
      chart: () => {
        const archive = copied("provenance");
        const file = provenanceFileOf(archive);
        const text = readFileSync(file, "utf8").replace(/^description: .*$/m, "description: another");
        rmSync(file);
        appendFileSync(file, text);
        return archive;
      },
    },
    {
      what: "an archive without its provenance",
      code: "CHART_UNSIGNED",
      why: /no provenance file/,
      chart: () => {
        const archive = copied("bare");
        rmSync(provenanceFileOf(archive));
        return archive;
      },
    },
    { what: "a folder", code: "CHART_UNSIGNED", why: /it is a folder/, chart: () => CHART_FOLDER },
    { what: "what is not there", code: "CHART_UNSIGNED", why: /no such file/, chart: () => join(folder, "nowhere.tgz") },
  ];
  for (const { what, code, why, chart } of REFUSED)
    test(`${what} is refused: ${code}`, () => assert.rejects(() => verified(chart()), codeIs(code, why)));

  test("one that somebody else has signed is refused", () =>
    assert.rejects(verified(packed.archive, stranger.armored), codeIs("CHART_UNVERIFIED")));

  test("what is refused has changed nothing", async () => {
    const before = await on.standing();
    await assert.rejects(install(on.site(described(packed.archive, stranger.armored)), { preflight: null }), codeIs("CHART_UNVERIFIED"));
    assert.deepEqual([await on.standing(), await on.lastOutcome()], [before, "install succeeded"]);
  });

  test("from a registry it comes with its signature, and without one it is refused", { skip: registriesAbsent() ?? false }, async () => {
    const registry = await startRegistry();
    try {
      const publication = { cosignKey: null, plainHttp: true };
      const reference = await publishChart(on.helm, packed.archive, { ...publication, registry: `${registry.address}/signed/` });
      assert.match(reference, /^127\.0\.0\.1:\d+\/signed\/charts\/touchstone@sha256:[a-f0-9]{64}$/);
      const bare = copied("unsigned");
      rmSync(provenanceFileOf(bare));
      await publishChart(on.helm, bare, { ...publication, registry: `${registry.address}/bare` });
      const from = (place: string) => {
        const chart = `oci://${registry.address}/${place}/charts/touchstone`;
        const version = basename(packed.archive, ".tgz").replace("touchstone-", "");
        const site = { ...on.site(described(chart, publisher.armored, version)), helm: plainHttp(on.helm) };
        return withVerifiedChart(site, async ({ deployment }) => deployment.release);
      };
      const { chart, version, signers } = await from("signed");
      assert.deepEqual([basename(chart), version, signers], [basename(packed.archive), "", undefined]);
      await assert.rejects(from("bare"), codeIs("CHART_UNSIGNED", /no provenance file came with it/));
      await assert.rejects(from("nowhere"), codeIs("TOOL_FAILED"));
    } finally {
      await registry.close();
    }
  });

  test("a key that is none is told", () => {
    const none = described(packed.archive, "-----BEGIN PGP PUBLIC KEY BLOCK-----");
    return assert.rejects(
      withVerifiedChart({ ...on.site(none) }, async () => null),
      codeIs("KEY_INVALID"),
    );
  });
};

for (const { major, absent, env } of await everyTrialTools())
  suite(`a signed chart, by helm ${major}`, { skip: absent ?? signingKeysAbsent() ?? false }, () => signedCharts(major, env));

suite("whose signature counts", () => {
  const CASES: readonly [what: string, text: string, place: RegExp][] = [
    [
      "a private key",
      described("x.tgz", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n-----BEGIN PGP PRIVATE KEY BLOCK-----"),
      /release\.signers: .*private/,
    ],
    ["no key", described("x.tgz", "hello"), /release\.signers/],
    ["the chart of this program", described("", "-----BEGIN PGP PUBLIC KEY BLOCK-----"), /release\.signers: .*release\.chart/],
  ];
  for (const [what, text, why] of CASES)
    test(`${what} is refused`, () => assert.throws(() => deploymentIn(text, "deployment.yaml"), codeIs("DEPLOYMENT_INVALID", why)));
});
