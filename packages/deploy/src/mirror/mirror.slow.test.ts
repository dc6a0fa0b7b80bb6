/** Mirrors with the real skopeo and helm between registries on the loopback, at once and by an archive. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { stringify } from "yaml";
import { toErrorInfo, type ErrorCode } from "@touchstone/core/errors";
import { packSigned, type PackedChart } from "../chart/publish.ts";
import { openHelm } from "../cluster/helm.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { deploymentIn } from "../deployment/read.ts";
import { verifyChart } from "../supply/provenance.ts";
import { registriesAbsent, startRegistry, type Registry } from "../trial/registry.ts";
import { makeSigningKey, signingKeysAbsent, type TrialKey } from "../trial/signing-key.ts";
import { writeImage } from "../trial/tiny-image.ts";
import { trialTools } from "../trial/tools.ts";
import { companionOf, imagesOf, targetOf } from "./images.ts";
import { loadMirror, mirrorTo, writeMirror, type MirrorTools } from "./mirror.ts";
import { openSkopeo } from "./skopeo.ts";

const tools = await trialTools();
const codeIs =
  (...codes: ErrorCode[]) =>
  (thrown: unknown) => (
    assert.ok(
      codes.some((code) => code === toErrorInfo(thrown).code),
      String(thrown),
    ),
    true
  );
suite("mirrors", { skip: tools.absent ?? registriesAbsent() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-mirror-test-"));
  const told: string[] = [];
  let inside: Registry;
  let outside: Registry;
  let mirrorTools: MirrorTools;
  const digests = new Map<string, string | null>();
  const signal = new AbortController().signal;
  const deploymentWith = (dataplane: string): Deployment =>
    deploymentIn(
      `version: 1\nname: acme\nmodel: customer\nfqdn: q.example.org\nrelease: {digests: {dataplane: "${dataplane}"}}\n`,
      "deployment.yaml",
    );
  const wanted = () => ({ deployment: null, source: outside.address });

  const signatureIn = (registry: string): string => {
    const [image] = imagesOf(null);
    const reference = image === undefined ? "" : targetOf(image, registry);
    return companionOf(reference, digests.get("controlPlane") ?? "", "sig") ?? "";
  };

  before(async () => {
    [outside, inside] = await Promise.all([startRegistry(), startRegistry()]);
    const skopeo = openSkopeo({ plainHttp: true, signal });
    const helm = await openHelm({ kubeconfig: null, context: null, namespace: "default" }, tools.env);
    mirrorTools = { skopeo, helm, plainHttp: true, tell: (line) => told.push(line), signal };
    for (const image of imagesOf(null)) {
      writeImage(join(folder, image.key), image.key);
      await skopeo.copy(`dir:${join(folder, image.key)}`, targetOf(image, outside.address));
      digests.set(image.key, await skopeo.digestOf(targetOf(image, outside.address)));
    }
    // What cosign would have put beside one of them is an image to a registry.
    writeImage(join(folder, "signature"), "signature");
    await skopeo.copy(`dir:${join(folder, "signature")}`, signatureIn(outside.address));
  });
  after(async () => {
    await mirrorTools.helm.close();
    await Promise.all([outside.close(), inside.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("images and chart arrive as they were, and what is there is not copied again", async () => {
    const release = await mirrorTo(`${inside.address}/m`, wanted(), mirrorTools);
    assert.deepEqual(release, {
      chart: `oci://${inside.address}/m/charts/touchstone`,
      version: "0.1.0",
      imageRegistry: `${inside.address}/m`,
      digests: Object.fromEntries(digests),
    });
    assert.equal(told.filter((line) => line.startsWith("copying")).length, 4);
    assert.notEqual(await mirrorTools.skopeo.digestOf(signatureIn(`${inside.address}/m`)), null);
    await mirrorTo(`docker://${inside.address}/m/`, wanted(), mirrorTools);
    assert.equal(told.filter((line) => line.startsWith("copying")).length, 4);
    const shown = await mirrorTools.helm.good("show it", ["show", "chart", release.chart, "--version", release.version, "--plain-http"]);
    assert.match(shown.stdout, /^name: touchstone$/m);
  });

  test("by an archive they arrive the same", async () => {
    const archive = join(folder, "mirror.tar");
    const list = await writeMirror(archive, wanted(), mirrorTools);
    assert.deepEqual(
      list.images.map(({ key, digest }) => [key, digest]),
      [...digests],
    );
    const release = await loadMirror(archive, inside.address, deploymentWith(digests.get("dataplane") ?? ""), mirrorTools);
    assert.deepEqual(release.digests, Object.fromEntries(digests));
    for (const image of imagesOf(null))
      assert.equal(await mirrorTools.skopeo.digestOf(targetOf(image, inside.address)), digests.get(image.key));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("touchstone-mirror-")),
      [],
      "nothing is left behind",
    );
  });

  suite("a chart that is signed", { skip: signingKeysAbsent() ?? false }, () => {
    const signedArchive = join(folder, "signed.tar");
    let key: TrialKey;
    let packed: PackedChart;
    const of = (chart: string): Deployment => {
      const described = { version: 1, name: "acme", model: "customer", fqdn: "q.example.org", release: { chart, signers: key.armored } };
      return deploymentIn(stringify(described), "deployment.yaml");
    };
    const signedIn = async (registry: string): Promise<void> => {
      const chart = `oci://${registry}/charts/touchstone`;
      const into = mkdtempSync(join(folder, "pulled-"));
      await mirrorTools.helm.good("fetch it", ["pull", chart, "--prov", "--destination", into, "--plain-http"]);
      await verifyChart(mirrorTools.helm, join(into, basename(packed.archive)), key.armored);
    };
    before(async () => {
      mkdirSync(join(folder, "key"));
      key = makeSigningKey(join(folder, "key"), "Touchstone releases");
      const { keyring, passphraseFile, name } = key;
      packed = await packSigned(mirrorTools.helm, join(folder, "packed"), { keyring, passphraseFile, key: name });
    });

    test("brings its signature along, at once and by an archive", async () => {
      const wish = { deployment: of(packed.archive), source: outside.address };
      await mirrorTo(`${inside.address}/signed`, wish, mirrorTools);
      await signedIn(`${inside.address}/signed`);
      const { chart } = await writeMirror(signedArchive, wish, mirrorTools);
      assert.match(chart.provenance ?? "", /^sha256:/);
      await loadMirror(signedArchive, `${inside.address}/carried`, of(packed.archive), mirrorTools);
      await signedIn(`${inside.address}/carried`);
      assert.equal(told.filter((line) => /^touchstone-.*\.tgz is signed by Touchstone releases </.test(line)).length, 3);
    });

    test("is not copied where it is another than was signed, or not signed", async () => {
      const changed = join(folder, basename(packed.archive));
      writeFileSync(changed, Buffer.concat([readFileSync(packed.archive), Buffer.from("x")]));
      const wish = { deployment: of(changed), source: outside.address };
      await assert.rejects(mirrorTo(`${inside.address}/bare`, wish, mirrorTools), codeIs("CHART_UNSIGNED"));
      copyFileSync(`${packed.archive}.prov`, `${changed}.prov`);
      await assert.rejects(mirrorTo(`${inside.address}/changed`, wish, mirrorTools), codeIs("CHART_UNVERIFIED"));
      await assert.rejects(
        loadMirror(join(folder, "mirror.tar"), inside.address, of(packed.archive), mirrorTools),
        codeIs("CHART_UNSIGNED"),
      );
    });

    test("is refused in an archive that has lost its signature", async () => {
      const file = changed("unsigned", (at) => rmSync(join(at, `chart/${basename(packed.archive)}.prov`)), signedArchive);
      await assert.rejects(loadMirror(file, `${inside.address}/lost`, null, mirrorTools), codeIs("MIRROR_ARCHIVE_INVALID"));
    });
  });

  test("another image than the deployment says is refused, wherever it comes from", async () => {
    const other = deploymentWith(`sha256:${"0".repeat(64)}`);
    await assert.rejects(mirrorTo(inside.address, { deployment: other, source: outside.address }, mirrorTools), codeIs("IMAGE_MISSING"));
    await assert.rejects(loadMirror(join(folder, "mirror.tar"), inside.address, other, mirrorTools), codeIs("IMAGE_DIFFERS"));
    const local: MirrorTools = {
      ...mirrorTools,
      skopeo: { ...mirrorTools.skopeo, manifestOf: (name) => mirrorTools.skopeo.manifestOf(name.replace(/@sha256:0+/, ":0.1.0")) },
    };
    await assert.rejects(mirrorTo(inside.address, { deployment: other, source: outside.address }, local), codeIs("IMAGE_DIFFERS"));
  });

  test("an image that is not there, and a registry that does not answer", async () => {
    await assert.rejects(
      mirrorTo(inside.address, { deployment: null, source: `${outside.address}/empty` }, mirrorTools),
      codeIs("IMAGE_MISSING"),
    );
    await assert.rejects(mirrorTo("127.0.0.1:9", wanted(), mirrorTools), codeIs("TOOL_FAILED"));
    assert.throws(() => openSkopeo({ plainHttp: true, signal, env: { PATH: "/nowhere" } }), codeIs("TOOL_MISSING"));
  });

  const changed = (name: string, change: (folder: string) => void, archive = join(folder, "mirror.tar")): string => {
    const unpacked = join(folder, `changed-${name}`);
    mkdirSync(unpacked);
    execFileSync("tar", ["-xf", archive, "-C", unpacked]);
    change(unpacked);
    const file = join(folder, `${name}.tar`);
    execFileSync("tar", ["-cf", file, "-C", unpacked, "."]);
    return file;
  };
  const CHANGES: readonly { what: string; code: ErrorCode; change: (folder: string) => void }[] = [
    { what: "a file too many", code: "MIRROR_ARCHIVE_INVALID", change: (at) => writeFileSync(join(at, "extra.sh"), "") },
    { what: "another chart", code: "MIRROR_ARCHIVE_INVALID", change: (at) => appendFileSync(join(at, "chart/touchstone-0.1.0.tgz"), "x") },
    { what: "no list", code: "MIRROR_ARCHIVE_INVALID", change: (at) => rmSync(join(at, "mirror.json")) },
    { what: "a list that is none", code: "MIRROR_ARCHIVE_INVALID", change: (at) => writeFileSync(join(at, "mirror.json"), "{") },
    {
      what: "another image",
      code: "IMAGE_DIFFERS",
      change: (at) => (rmSync(join(at, "images/dataplane"), { recursive: true }), writeImage(join(at, "images/dataplane"), "another")),
    },
  ];
  for (const [at, { what, code, change }] of CHANGES.entries())
    test(`an archive with ${what} is refused`, async () => {
      const file = changed(String(at), change);
      await assert.rejects(loadMirror(file, `${inside.address}/changed`, null, mirrorTools), codeIs(code));
    });

  test("a layer that was changed does not arrive", async () => {
    const file = changed("layer", (at) => {
      const images = join(at, "images/controlPlane");
      const layer = readdirSync(images).filter((name) => /^[a-f0-9]{64}$/.test(name));
      for (const name of layer) appendFileSync(join(images, name), "x");
    });
    // One that has it already takes nothing from the archive.
    const empty = await startRegistry();
    await assert.rejects(loadMirror(file, empty.address, null, mirrorTools), codeIs("TOOL_FAILED")).finally(empty.close);
  });

  test("an archive that cannot be finished leaves none", async () => {
    const archive = join(folder, "unfinished.tar");
    await assert.rejects(
      writeMirror(archive, { deployment: null, source: `${outside.address}/empty` }, mirrorTools),
      codeIs("IMAGE_MISSING"),
    );
    assert.ok(!existsSync(archive));
  });
});
