/**
 * A release that a person names for an upgrade (`--to`): its document is read from a registry, its signature verified, and the deployment
 * is worked on as that release makes it: chart and images by their signed digests, as the updater does it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { CHANNELS, type Deployment } from "../deployment/deployment.ts";
import { addressOf, exactReferenceOf, isOci, referenceOf, type Reference } from "../registry/reference.ts";
import { lastGood } from "../release/revisions.ts";
import type { Site } from "../release/site.ts";
import { publicKeysIn, type PublicKey } from "../supply/key.ts";
import { ProductVersion } from "../supply/product-version.ts";
import { publishedOf, verifyPublished, type Published } from "../supply/publish.ts";
import type { Release } from "../supply/release.ts";
import { tooFar, untimely } from "./fit.ts";
import { KEYS_KEY, PERMIT_NAME } from "./permit.ts";
import { readSigned } from "./pointer-source.ts";
import { bringChart, chartAddress } from "./signed-chart.ts";

const OPTION = "--to";

/**
 * Where the release is that `--to` names: at an address, or as a version beside the channel's pointer in its registry. Null where it is
 * a version of the chart of deployment.yaml.
 */
export const addressOfRelease = ({ release: { chart }, updater: { pointer } }: Deployment, to: string): string | null => {
  if (isOci(to)) return addressOf(exactReferenceOf(to, OPTION));
  if (chart.startsWith("oci://") || pointer === undefined || !isOci(pointer) || !ProductVersion.safeParse(to).success) return null;
  return addressOf({ ...referenceOf(pointer, "updater.pointer"), tag: to, digest: null });
};

/** What a person has said of the release. */
export type Address = Pick<Reference, "tag" | "digest">;

/** Why what a registry has under a name is not what the name says: tags can be moved, and what is signed was so for another name. */
const misnamed = ({ tag }: Address, { what, release }: Pick<Published, "what" | "release">): string | null => {
  if (CHANNELS.some((channel) => channel === tag))
    return what.kind === "touchstone/channel" && what.channel === tag
      ? null
      : `under the name of the channel ${tag} is ${what.kind === "touchstone/channel" ? `the pointer of ${what.channel}` : `the release ${release.product} itself, without a pointer`}`;
  return ProductVersion.safeParse(tag).success && tag !== release.product
    ? `under the name ${tag} is the release ${release.product}`
    : null;
};

/**
 * Whether a release was named itself, by its digest or its version; a channel's pointer, or a name of somebody's, may be shown again when
 * it is old, and leads to nothing older than what runs.
 */
export const isExactAt = ({ tag, digest }: Address, { product }: Pick<Release, "product">): boolean => digest !== null || tag === product;

export type Fitting = { at: Address; channel: Deployment["channel"]; running: string | null; now: Date };

/** Why a document that was verified is not for this deployment now; null where it is. Pure. */
export const unfit = ({ what, release }: Pick<Published, "what" | "release">, { at, channel, running, now }: Fitting): string | null => {
  const otherwise = misnamed(at, { what, release });
  if (otherwise !== null) return otherwise;
  if (what.kind === "touchstone/channel" && what.channel !== channel)
    return `it is of the channel ${what.channel}, and the deployment's is ${channel}`;
  if (!release.channels.includes(channel))
    return `it is signed for ${release.channels.join(", ")}, and the deployment's channel is ${channel}`;
  const untimelyPointer = what.kind === "touchstone/channel" ? untimely("the pointer", what, now) : null;
  return (untimelyPointer ?? untimely("the release", release, now))?.why ?? (running === null ? null : tooFar(release, running));
};

/** The keys that a person names, or else those that the cluster's updater goes by. Throws RELEASE_KEYS_MISSING, KEY_INVALID. */
export const keysFor = async ({ kubectl }: Pick<Site, "kubectl">, named: readonly PublicKey[]): Promise<readonly PublicKey[]> => {
  if (named.length > 0) return named;
  const found = await kubectl.get("configmap", PERMIT_NAME);
  const text: unknown = Reflect.get(Object(found?.["data"]), KEYS_KEY);
  if (typeof text !== "string") throw userError("RELEASE_KEYS_MISSING", kubectl.access.namespace);
  return publicKeysIn(text, `${KEYS_KEY} of ConfigMap ${PERMIT_NAME}`);
};

/** What deployment.yaml has to say of a release, so that the next upgrade does not go back: the chart where it was brought from. */
export const releasedAs = ({ product, chart, images }: Pick<Release, "product" | "chart" | "images">, imageRegistry: string) => ({
  chart: chartAddress(chart.address, imageRegistry),
  version: product,
  digests: images,
});

export type Named = {
  release: Release;
  /** `isExactAt` its address. */
  isExact: boolean;
};

/**
 * Does `work` on the deployment at the release of an address, one that is signed by one of these keys, and removes its chart. Throws what
 * the registry's client and `verifyDocument` throw, RELEASE_UNFIT, and of the chart CHART_ALTERED, CHART_OTHERWISE, DOCUMENT_UNREADABLE.
 */
export const atRelease = async <T>(
  site: Site,
  address: string,
  keys: readonly PublicKey[],
  work: (site: Site, named: Named) => Promise<T>,
): Promise<T> => {
  const { helm, deployment, signal, tell } = site;
  const published = publishedOf(await readSigned(address, OPTION, signal), address);
  const { releaseSigners } = verifyPublished(published, keys, address);
  const running = lastGood(await helm.history(deployment.name))?.app_version ?? null;
  const at = exactReferenceOf(address, OPTION);
  const why = unfit(published, { at, channel: deployment.channel, running, now: new Date() });
  if (why !== null) throw userError("RELEASE_UNFIT", address, why);
  tell(`the release ${published.release.product} is signed by ${releaseSigners.join(", ")}`);
  const folder = await mkdtemp(join(tmpdir(), "touchstone-release-"));
  try {
    const released = await bringChart(site, published.release, folder);
    return await work({ ...site, deployment: released }, { release: published.release, isExact: isExactAt(at, published.release) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
