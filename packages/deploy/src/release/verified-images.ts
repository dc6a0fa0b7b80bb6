/**
 * The images of a deployment that says whose signature counts (`release.imageSigners`): looked at in their registry before anything is
 * changed. They are named by digest, so what was verified is what is pulled. docs/decisions/0035.
 */
import { UserError, userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import { companionOf, imagesOf, sourceOf, type MirrorImage } from "../mirror/images.ts";
import { openRepository, type Repository, type RepositoryOptions } from "../registry/client.ts";
import { referenceOfImage } from "../registry/reference.ts";
import {
  imageSignersIn,
  PAYLOAD_BYTES_MAX,
  signaturesIn,
  signerOfImage,
  type ImageSignature,
  type ImageSigner,
} from "../supply/image-signature.ts";
import type { Site } from "./site.ts";

/** A payload, or null for one that is not what its digest says: it counts for nothing, and another signature may be good. */
const payloadOf = (repository: Repository, digest: string): Promise<Buffer | null> =>
  repository.blob(digest, PAYLOAD_BYTES_MAX).catch((thrown: unknown) => {
    if (thrown instanceof UserError && (thrown.info.code === "CONTENT_ALTERED" || thrown.info.code === "DOCUMENT_TOO_LARGE")) return null;
    throw thrown;
  });

const signaturesOf = async (image: string, digest: string, options: RepositoryOptions): Promise<ImageSignature[]> => {
  const beside = referenceOfImage(companionOf(image, digest, "sig") ?? "");
  if (beside === null) throw userError("IMAGE_UNSIGNED", image, "it is in no registry");
  const repository = openRepository(beside, options);
  const manifest = await repository.manifest(beside.tag ?? "");
  if (manifest === null) throw userError("IMAGE_UNSIGNED", image.replace("docker://", ""), "cosign has put nothing beside it");
  const found = signaturesIn(manifest.bytes.toString("utf8")) ?? [];
  const read = found.map(async ({ digest: of, signature }) => {
    const payload = await payloadOf(repository, of);
    return payload === null ? [] : [{ payload, signature }];
  });
  return (await Promise.all(read)).flat();
};

const verifyImage = async (
  { release: { imageRegistry } }: Deployment,
  image: MirrorImage,
  signers: readonly ImageSigner[],
  options: RepositoryOptions,
): Promise<string> => {
  const { key, digest } = image;
  if (digest === null) throw userError("IMAGE_UNPINNED", key);
  const source = sourceOf(image, imageRegistry === "" ? null : imageRegistry);
  const reference = source.replace("docker://", "");
  const by = signerOfImage({ reference, digest }, await signaturesOf(source, digest, options), signers);
  return `the image ${reference} is signed by ${by}`;
};

/** Throws IMAGE_UNPINNED, IMAGE_UNSIGNED, IMAGE_UNVERIFIED, KEY_INVALID and what the registry's client throws. Where no signers are named, nothing is looked at. */
export const verifyImages = async ({ deployment, tell, signal }: Pick<Site, "deployment" | "tell" | "signal">): Promise<void> => {
  const { imageSigners } = deployment.release;
  if (imageSigners === undefined) return;
  const signers = imageSignersIn(imageSigners, "release.imageSigners");
  // The updater's own image runs only where it was asked for.
  const images = imagesOf(deployment).filter(({ key }) => key !== "updater" || deployment.upgrades !== "none");
  for (const line of await Promise.all(images.map((image) => verifyImage(deployment, image, signers, { signal })))) tell(line);
};
