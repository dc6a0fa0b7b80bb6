/**
 * Images published and signed with the real cosign into a real registry on the loopback: verified by cosign itself, and by what the
 * product has for it, in a mirror, an installation, and behind both. Everything that is not as it was signed is refused.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { stringify } from "yaml";
import { VERSION } from "../chart/files.ts";
import { packSigned, publishChart } from "../chart/publish.ts";
import { openHelm, type Helm } from "../cluster/helm.ts";
import { deploymentIn } from "../deployment/read.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { companionOf, imagesOf, pathOf } from "../mirror/images.ts";
import { loadMirror, mirrorTo, writeMirror, type MirrorTools } from "../mirror/mirror.ts";
import { openSkopeo } from "../mirror/skopeo.ts";
import { verifyImages } from "../release/verified-images.ts";
import { everyCosign, makeCosignKeys, runCosign, type CosignKeys, type TrialCosign } from "../trial/cosign.ts";
import { registriesAbsent, startRegistry, type Registry } from "../trial/registry.ts";
import { codeIs } from "../trial/thrown.ts";
import { writeImage } from "../trial/tiny-image.ts";
import { trialTools } from "../trial/tools.ts";
import { publish } from "./publish.ts";

const tools = await trialTools();
const ARCHITECTURES = ["amd64", "arm64"] as const;
const BILL = { bomFormat: "CycloneDX", specVersion: "1.6", components: [] };

const signedImages = (cosign: TrialCosign): void => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-publish-"));
  const signal = new AbortController().signal;
  const told: string[] = [];
  const tell = (line: string) => void told.push(line);
  let registry: Registry;
  let inside: Registry;
  let ours: CosignKeys;
  let theirs: CosignKeys;
  let helm: Helm;
  let mirrorTools: MirrorTools;
  let chart = "";
  const digests = new Map<string, string>();

  const deployment = ({
    at = registry.address,
    keys = ours.publicPem,
    pinned = Object.fromEntries(digests),
    upgrades = "none",
  } = {}): Deployment =>
    deploymentIn(
      stringify({
        version: 1,
        name: "acme",
        model: "customer",
        fqdn: "q.example.org",
        upgrades,
        release: { chart, imageRegistry: at, imageSigners: keys, digests: pinned },
      }),
      "deployment.yaml",
    );
  const verified = (of: Deployment) => verifyImages({ deployment: of, tell, signal });
  const reference = (key: string, at = registry.address): string =>
    `${at}/${pathOf(imagesOf(null).find((image) => image.key === key)?.repository ?? "")}@${digests.get(key)}`;
  const byCosign = (verb: string, args: readonly string[], key: CosignKeys, of: string) =>
    runCosign(cosign, [verb, "--key", key.publicFile, "--insecure-ignore-tlog=true", "--allow-http-registry", ...args, of]);

  before(async () => {
    [registry, inside, helm] = await Promise.all([
      startRegistry(),
      startRegistry(),
      openHelm({ kubeconfig: null, context: null, namespace: "default" }, tools.env),
    ]);
    [ours, theirs] = await Promise.all(["ours", "theirs"].map((name) => makeCosignKeys(cosign, join(folder, name)))).then(([a, b]) => [
      a ?? assert.fail(),
      b ?? assert.fail(),
    ]);
    mirrorTools = { skopeo: openSkopeo({ plainHttp: true, signal }), helm, plainHttp: true, tell, signal };
    const bill = join(folder, "bill.json");
    writeFileSync(bill, JSON.stringify(BILL));
    for (const { key, repository } of imagesOf(null)) {
      // The dataplane's is for two kinds of processor, and so an index.
      const built = ARCHITECTURES.slice(0, key === "dataplane" ? 2 : 1).map((architecture) => {
        const place = join(folder, `${key}-${architecture}`);
        return { architecture, digest: writeImage(place, key, architecture), from: `dir:${place}`, bill };
      });
      const image = pathOf(repository).replace("touchstone/", "");
      const published = await publish({
        image,
        built,
        registry: registry.address,
        key: ours.privateFile,
        plainHttp: true,
        env: cosign.env,
      });
      digests.set(key, published.split("@")[1] ?? "");
    }
    chart = (await packSigned(helm, join(folder, "packed"), null)).archive;
  });
  after(async () => {
    await helm?.close();
    await Promise.all([registry?.close(), inside?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("cosign verifies the signature, and the bill that was attested", async () => {
    for (const key of digests.keys()) await byCosign("verify", [], ours, reference(key));
    await assert.rejects(byCosign("verify", [], theirs, reference("controlPlane")));
    const { stdout } = await byCosign("verify-attestation", ["--type", "cyclonedx"], ours, reference("controlPlane"));
    const { payload }: { payload: string } = JSON.parse(stdout);
    assert.deepEqual(JSON.parse(Buffer.from(payload, "base64").toString()).predicate, BILL);
    await assert.rejects(byCosign("verify-attestation", ["--type", "cyclonedx"], theirs, reference("controlPlane")));
  });

  test("an index lists its platforms, and each of them is signed and has its bill", async () => {
    const index = await mirrorTools.skopeo.manifestOf(`docker://${reference("dataplane")}`);
    const { manifests }: { manifests: { digest: string; platform: { architecture: string } }[] } = JSON.parse(index ?? "");
    assert.deepEqual(
      manifests.map(({ platform }) => platform.architecture),
      ["amd64", "arm64"],
    );
    for (const { digest } of manifests) {
      const platform = reference("dataplane").replace(/sha256:.*/, digest);
      await byCosign("verify", [], ours, platform);
      await byCosign("verify-attestation", ["--type", "cyclonedx"], ours, platform);
    }
  });

  test("the product verifies them without cosign, where their digests are said", async () => {
    await verified(deployment({ upgrades: "namespace-admin" }));
    assert.equal(told.filter((line) => /^the image .* is signed by sha256:/.test(line)).length, 3);
    await assert.rejects(verified(deployment({ keys: theirs.publicPem })), codeIs("IMAGE_UNVERIFIED", /none of its signatures/));
    await verified(deployment({ keys: theirs.publicPem + ours.publicPem }));
    await assert.rejects(verified(deployment({ pinned: {} })), codeIs("IMAGE_UNPINNED"));
    await assert.rejects(verified(deployment({ at: "" })), codeIs("IMAGE_UNSIGNED", /in no registry/));
    await assert.rejects(verified(deployment({ at: "127.0.0.1:1" })), codeIs("REGISTRY_UNREACHABLE"));
  });

  test("an image that nobody has signed, and one under another's signature, are refused", async () => {
    const place = join(folder, "another");
    const digest = writeImage(place, "another");
    const { repository } = imagesOf(null)[0] ?? assert.fail();
    const at = `docker://${registry.address}/${pathOf(repository)}`;
    await mirrorTools.skopeo.copy(`dir:${place}`, `${at}:another`);
    const pinned = { ...Object.fromEntries(digests), controlPlane: digest };
    await assert.rejects(verified(deployment({ pinned })), codeIs("IMAGE_UNSIGNED", /nothing beside it/));
    const wanted = { deployment: deployment({ pinned }), source: registry.address };
    await assert.rejects(mirrorTo(inside.address, wanted, mirrorTools), codeIs("IMAGE_UNSIGNED"));
    const good = companionOf(at + ":x", digests.get("controlPlane") ?? "", "sig") ?? "";
    await mirrorTools.skopeo.copy(good, companionOf(`${at}:x`, digest, "sig") ?? "");
    await assert.rejects(verified(deployment({ pinned })), codeIs("IMAGE_UNVERIFIED", /of another image/));
    await assert.rejects(mirrorTo(inside.address, wanted, mirrorTools), codeIs("IMAGE_UNVERIFIED", /of another image/));
  });

  // By version 3 what lies in the registry is the same, as the tests above show.
  if (cosign.major === 2)
    test("a mirror takes what is signed, with all that belongs to it, at once and by an archive", async () => {
      const archive = join(folder, "mirror.tar");
      const wanted = { deployment: deployment(), source: registry.address };
      const release = await mirrorTo(`${inside.address}/m`, wanted, mirrorTools);
      assert.deepEqual(release.digests, Object.fromEntries(digests));
      const { images } = await writeMirror(archive, wanted, mirrorTools);
      assert.deepEqual(
        images.map(({ companions }) => companions.length),
        [2, 5, 2],
      );
      await loadMirror(archive, `${inside.address}/carried`, deployment(), mirrorTools);
      for (const place of ["m", "carried"]) {
        const at = `${inside.address}/${place}`;
        await verified(deployment({ at }));
        for (const key of digests.keys()) await byCosign("verify", [], ours, reference(key, at));
        await byCosign("verify-attestation", ["--type", "cyclonedx"], ours, reference("controlPlane", at));
      }
      const strange = deployment({ keys: theirs.publicPem });
      await assert.rejects(mirrorTo(`${inside.address}/no`, { ...wanted, deployment: strange }, mirrorTools), codeIs("IMAGE_UNVERIFIED"));
      await assert.rejects(loadMirror(archive, `${inside.address}/no`, strange, mirrorTools), codeIs("IMAGE_UNVERIFIED"));
      await assert.rejects(verified(deployment({ at: `${inside.address}/no` })), codeIs("IMAGE_UNSIGNED"), "nothing of it was copied");
    });

  test("the chart is signed in the registry as images are", async () => {
    const publication = { registry: registry.address, cosignKey: ours.privateFile, plainHttp: true, env: cosign.env };
    const published = await publishChart(helm, chart, publication);
    await byCosign("verify", [], ours, published);
    await assert.rejects(byCosign("verify", [], theirs, published));
    assert.match(published, new RegExp(`/charts/touchstone@sha256:[a-f0-9]{64}$`));
    assert.ok(readFileSync(chart).length > 0 && chart.endsWith(`touchstone-${VERSION}.tgz`));
  });
};

for (const cosign of await everyCosign())
  suite(`signed images, by cosign ${cosign.major}`, { skip: tools.absent ?? registriesAbsent() ?? cosign.absent ?? false }, () =>
    signedImages(cosign),
  );
