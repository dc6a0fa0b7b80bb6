/**
 * Copies what an installation needs to where it can be pulled from: a registry of the customer's, at once or by an archive that is
 * carried over an air gap. An image is the same there, byte for byte, or the copy has failed. What is there already is not copied again.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { chartFolder, digestOfFile, digestOrNone, imageFolder, LIST_FILE, packArchive, unpackArchive, type MirrorList } from "./archive.ts";
import { chartNameOf, checkSigners, packChart, pushChart } from "./chart-file.ts";
import {
  CHARTS,
  companionOf,
  companionsFor,
  imagesOf,
  pinned,
  sourceOf,
  targetOf,
  type MirroredRelease,
  type MirrorImage,
} from "./images.ts";
import { imageSignersIn, signerOfImage, type ImageSigner } from "../supply/image-signature.ts";
import { provenanceFileOf } from "../supply/provenance.ts";
import { sha256Of } from "../deployment/digest.ts";
import { signaturesAt } from "./signatures.ts";
import type { Skopeo } from "./skopeo.ts";

export type MirrorTools = {
  skopeo: Skopeo;
  helm: Helm;
  plainHttp: boolean;
  tell: (line: string) => void;
  signal: AbortSignal;
};

/** The release to be copied: the one a deployment names, or the one of this program; `source`, the registry it is in. */
export type Wanted = { deployment: Deployment | null; source: string | null };

const inFolder = async <T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(parent, "touchstone-mirror-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Copies what cosign keeps beside an image, as far as there is some; `to` says where, null for nowhere. */
const copyCompanions = async (
  names: readonly string[],
  from: (companion: string) => string | null,
  to: (companion: string) => string | null,
  { skopeo, tell }: MirrorTools,
): Promise<string[]> => {
  const copied: string[] = [];
  for (const companion of names) {
    const [source, target] = [from(companion), to(companion)];
    const digest = source === null ? null : await skopeo.digestOf(source);
    if (source === null || target === null || digest === null) continue;
    if ((await skopeo.digestOf(target)) !== digest) {
      tell(`copying ${source}`);
      await skopeo.copy(source, target);
    }
    copied.push(companion);
  }
  return copied;
};

type Copied = { digest: string; manifest: string };
type Expected = {
  /** Null where nobody has said. */
  digest: string | null;
  /** Where the signature of an image is, by its digest; null for nowhere. */
  signature: (digest: string) => string | null;
  signers: readonly ImageSigner[] | null;
};

/** Copies one image, unless it is there. Throws IMAGE_DIFFERS when it is another here or there than it has to be, IMAGE_UNSIGNED, IMAGE_UNVERIFIED. */
const copyImage = async (from: string, to: string, expected: Expected, { skopeo, tell }: MirrorTools): Promise<Copied> => {
  const manifest = await skopeo.manifestOf(from);
  if (manifest === null) throw userError("IMAGE_MISSING", from);
  const digest = sha256Of(manifest);
  if (expected.digest !== null && digest !== expected.digest) throw userError("IMAGE_DIFFERS", from, expected.digest, digest);
  if (expected.signers !== null) {
    const signatures = await inFolder(tmpdir(), (folder) => signaturesAt(expected.signature(digest), folder, skopeo));
    tell(`${from} is signed by ${signerOfImage({ reference: from, digest }, signatures, expected.signers)}`);
  }
  const before = await skopeo.digestOf(to);
  if (before !== digest) {
    tell(`copying ${from}`);
    await skopeo.copy(pinned(from, digest), to);
  }
  const after = await skopeo.digestOf(to);
  if (after !== digest) throw userError("IMAGE_DIFFERS", to, digest, after ?? "none");
  return { digest, manifest };
};

/** Whose signature counts; null for everybody's. A signature is of one image, so it has to be said of which. Throws IMAGE_UNPINNED, KEY_INVALID. */
const signersOf = (deployment: Deployment | null): ImageSigner[] | null => {
  const signers = deployment?.release.imageSigners;
  if (signers === undefined) return null;
  const unpinned = imagesOf(deployment).find(({ digest }) => digest === null);
  if (unpinned !== undefined) throw userError("IMAGE_UNPINNED", unpinned.key);
  return imageSignersIn(signers, "release.imageSigners");
};

const sendChart = async (file: string, registry: string, { skopeo, helm, plainHttp, tell }: MirrorTools): Promise<void> => {
  tell(`pushing the chart ${basename(file)}`);
  const pushed = await pushChart(helm, file, registry, plainHttp);
  const { name, version } = chartNameOf(basename(file));
  // Registries allow no plus in a tag: helm writes an underscore.
  const reference = `docker://${registry}/${CHARTS}/${name}:${version.replaceAll("+", "_")}`;
  const there = await skopeo.digestOf(reference);
  if (there !== pushed) throw userError("IMAGE_DIFFERS", reference, pushed, there ?? "none");
};

const releaseOf = (registry: string, chart: string, digests: readonly [MirrorImage["key"], string][]): MirroredRelease => {
  const { name, version } = chartNameOf(chart);
  return {
    chart: `oci://${registry}/${CHARTS}/${name}`,
    version,
    imageRegistry: registry,
    digests: { controlPlane: "", dataplane: "", updater: "", ...Object.fromEntries(digests) },
  };
};

const cleaned = (registry: string): string => registry.replace(/^(docker|oci|https?):\/\//, "").replace(/\/+$/, "");

/** Copies images and chart from where they are to a registry. */
export const mirrorTo = async (registry: string, { deployment, source }: Wanted, tools: MirrorTools): Promise<MirroredRelease> => {
  const to = cleaned(registry);
  const signers = signersOf(deployment);
  const digests: [MirrorImage["key"], string][] = [];
  for (const image of imagesOf(deployment)) {
    const [here, there] = [sourceOf(image, source), targetOf(image, to)];
    const signature = (of: string) => companionOf(here, of, "sig");
    const { digest, manifest } = await copyImage(here, there, { digest: image.digest, signature, signers }, tools);
    await copyCompanions(
      companionsFor(manifest),
      (one) => companionOf(here, digest, one),
      (one) => companionOf(there, digest, one),
      tools,
    );
    digests.push([image.key, digest]);
  }
  return inFolder(tmpdir(), async (folder) => {
    const file = await packChart(tools.helm, deployment, folder, tools.plainHttp);
    await checkSigners(tools.helm, file, deployment, tools.tell);
    await sendChart(file, to, tools);
    return releaseOf(to, basename(file), digests);
  });
};

/** Writes images and chart into one file. Beside it there has to be room for all of it once more. */
export const writeMirror = async (archive: string, { deployment, source }: Wanted, tools: MirrorTools): Promise<MirrorList> =>
  inFolder(dirname(archive), async (folder) => {
    const images: MirrorList["images"] = [];
    const signers = signersOf(deployment);
    for (const image of imagesOf(deployment)) {
      const into = imageFolder(folder, image.key);
      await mkdir(into, { recursive: true });
      const here = sourceOf(image, source);
      const signature = (of: string) => companionOf(here, of, "sig");
      const { digest, manifest } = await copyImage(here, `dir:${into}`, { digest: image.digest, signature, signers }, tools);
      const companions = await copyCompanions(
        companionsFor(manifest),
        (one) => companionOf(here, digest, one),
        (one) => `dir:${into}.${one}`,
        tools,
      );
      images.push({ key: image.key, repository: image.repository, tag: image.tag, digest, companions });
    }
    await mkdir(chartFolder(folder));
    const chart = await packChart(tools.helm, deployment, chartFolder(folder), tools.plainHttp);
    await checkSigners(tools.helm, chart, deployment, tools.tell);
    const provenance = await digestOrNone(provenanceFileOf(chart));
    const packed = { file: basename(chart), digest: await digestOfFile(chart), ...(provenance === undefined ? {} : { provenance }) };
    const list: MirrorList = { version: 1, images, chart: packed };
    await writeFile(join(folder, LIST_FILE), `${JSON.stringify(list, null, 2)}\n`);
    tools.tell(`writing ${archive}`);
    await packArchive(folder, archive, tools.signal);
    return list;
  });

/** Copies images and chart out of such a file to a registry. `deployment` says which digests they have to have, where it says any. */
export const loadMirror = async (
  archive: string,
  registry: string,
  deployment: Deployment | null,
  tools: MirrorTools,
): Promise<MirroredRelease> =>
  inFolder(dirname(archive), async (folder) => {
    const to = cleaned(registry);
    const signers = signersOf(deployment);
    const list = await unpackArchive(archive, folder, tools.signal);
    const wanted = imagesOf(deployment);
    for (const { key, repository, tag, digest, companions } of list.images) {
      const expected = wanted.find((image) => image.key === key)?.digest ?? digest;
      if (expected !== digest) throw userError("IMAGE_DIFFERS", `${repository}:${tag} in ${archive}`, expected, digest);
      const [here, there] = [`dir:${imageFolder(folder, key)}`, targetOf({ repository, tag }, to)];
      const signature = () => (companions.includes("sig") ? `${here}.sig` : null);
      await copyImage(here, there, { digest, signature, signers }, tools);
      await copyCompanions(
        companions,
        (one) => `${here}.${one}`,
        (one) => companionOf(there, digest, one),
        tools,
      );
    }
    const chart = join(chartFolder(folder), list.chart.file);
    await checkSigners(tools.helm, chart, deployment, tools.tell);
    await sendChart(chart, to, tools);
    return releaseOf(
      to,
      list.chart.file,
      list.images.map(({ key, digest }) => [key, digest]),
    );
  });
