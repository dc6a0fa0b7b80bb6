/** Which images an installation runs, and what they are called where they come from and where they go. */
import { z } from "zod";
import { VERSION } from "../chart/files.ts";
import { IMAGES } from "../chart/values.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { jsonIn } from "@touchstone/core/json";

export type ImageKey = keyof typeof IMAGES;
export const IMAGE_KEYS: readonly ImageKey[] = ["controlPlane", "dataplane", "updater"];

export type MirrorImage = {
  key: ImageKey;
  repository: string;
  tag: string;
  /** What it has to be; null where nobody has said. */
  digest: string | null;
};

/** The images of the chart that comes with this program, or of the release that a deployment names. */
export const imagesOf = (deployment: Deployment | null): MirrorImage[] =>
  IMAGE_KEYS.map((key) => ({
    key,
    repository: IMAGES[key],
    tag: deployment?.release.version || VERSION,
    digest: deployment?.release.digests[key] || null,
  }));

/** A first part with a dot, a port, or localhost is a registry, as the chart and the engines read it. */
const isRegistry = (part: string): boolean => /[.:]/.test(part) || part === "localhost";

/** The name below its registry. */
export const pathOf = (repository: string): string => {
  const [first = "", ...rest] = repository.split("/");
  return isRegistry(first) && rest.length > 0 ? rest.join("/") : repository;
};

const below = (registry: string, repository: string): string => `${registry.replace(/\/+$/, "")}/${pathOf(repository)}`;

/** Where an image is, as skopeo writes it: in a registry; or, named `localhost/…`, in the store that buildah and podman share. */
export const sourceOf = ({ repository, tag, digest }: MirrorImage, source: string | null): string => {
  if (source === null && repository.startsWith("localhost/")) return `containers-storage:${repository}:${tag}`;
  const name = source === null ? repository : below(source, repository);
  return `docker://${name}${digest === null ? `:${tag}` : `@${digest}`}`;
};

/** Where it goes: the same path and tag in another registry, which is what the chart makes of `imageRegistry`. */
export const targetOf = ({ repository, tag }: Pick<MirrorImage, "repository" | "tag">, registry: string): string =>
  `docker://${below(registry, repository)}:${tag}`;

/**
 * What cosign keeps beside an image, in tags made of its digest: signatures and attestations, such as its bill of materials. An image for
 * several platforms is an index, and each of its platforms has its own as well: `<digest>.sig`.
 */
const KINDS = ["sig", "att"] as const;
export const COMPANION = /^([a-f0-9]{64}\.)?(sig|att)$/;

const Index = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string().regex(/^sha256:[a-f0-9]{64}$/) })) });
/** Digests of an image's platforms; none of an image for one. */
export const platformsIn = (manifest: string): string[] =>
  Index.safeParse(jsonIn(manifest)).data?.manifests.map(({ digest }) => digest) ?? [];

/** What there may be beside an image. */
export const companionsFor = (manifest: string): string[] => [
  ...KINDS,
  ...platformsIn(manifest).flatMap((digest) => KINDS.map((kind) => `${digest.replace("sha256:", "")}.${kind}`)),
];

/** Where such a companion of an image is; null outside a registry. */
export const companionOf = (reference: string, digest: string, companion: string): string | null => {
  if (!reference.startsWith("docker://")) return null;
  const [, platform, kind = ""] = /^(?:([a-f0-9]{64})\.)?(\w+)$/.exec(companion) ?? [];
  const of = platform === undefined ? digest.replace(":", "-") : `sha256-${platform}`;
  return `${reference.replace(/(@sha256:[a-f0-9]+|:[^/:]+)$/, "")}:${of}.${kind}`;
};

/** A reference by the digest that is known by now, so that nobody can move its tag meanwhile; in a store of this machine, it stays. */
export const pinned = (reference: string, digest: string): string =>
  reference.startsWith("docker://") ? `${reference.replace(/(@sha256:[a-f0-9]+|:[^/:]+)$/, "")}@${digest}` : reference;

export const CHARTS = "charts";

/** What `deployment.yaml` says after a mirror. */
export type MirroredRelease = {
  chart: string;
  version: string;
  imageRegistry: string;
  digests: Record<ImageKey, string>;
};
