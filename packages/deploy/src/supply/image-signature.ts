/**
 * Signatures of images as cosign keeps them in a registry: a manifest under a tag made of the image's digest, whose layers are what was
 * signed ("simple signing") with the signature beside it. Verified by what Node has, so that who installs needs no cosign. Pure.
 * https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md
 */
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { sha256Of } from "../deployment/digest.ts";
import { jsonIn } from "@touchstone/core/json";

const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
/** More would be somebody's attempt to keep a reader busy. */
const SIGNATURES_MAX = 64;
/** A payload has some 250 bytes. */
export const PAYLOAD_BYTES_MAX = 16 * 1024;

const Layer = z.looseObject({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[a-f0-9]{64}$/),
  annotations: z.record(z.string(), z.string()).default({}),
});
const Manifest = z.looseObject({ layers: z.array(Layer).max(SIGNATURES_MAX) });
const Payload = z.looseObject({
  critical: z.looseObject({
    type: z.literal("cosign container image signature"),
    image: z.looseObject({ "docker-manifest-digest": z.string() }),
  }),
});

/** What lies beside an image. */
export type ImageSignature = { payload: Buffer; signature: Buffer };

/** Digests of what was signed, as the manifest names them, and their signatures; null for what is no such manifest. */
export const signaturesIn = (manifest: string): { digest: string; signature: Buffer }[] | null =>
  Manifest.safeParse(jsonIn(manifest)).data?.layers.flatMap(({ mediaType, digest, annotations: { [SIGNATURE]: signature } }) =>
    mediaType === PAYLOAD_TYPE && signature !== undefined ? [{ digest, signature: Buffer.from(signature, "base64") }] : [],
  ) ?? null;

export type ImageSigner = { id: string; key: KeyObject };

const PEM = /-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g;

const keyOf = (pem: string, name: string): KeyObject => {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw userError("KEY_INVALID", name, "what it holds is no public key");
  }
  // What cosign generate-key-pair makes, and key stores keep.
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw userError("KEY_INVALID", name, "images are verified by keys of ECDSA on P-256, as cosign generate-key-pair makes them");
  return key;
};

/** The keys of a text, one PEM after the other; ids are SHA-256 of their DER, as `touchstone deploy keys show` tells those of documents. Throws KEY_INVALID. */
export const imageSignersIn = (pem: string, name: string): ImageSigner[] => {
  const keys = (pem.match(PEM) ?? []).map((text) => keyOf(text, name));
  if (keys.length === 0) throw userError("KEY_INVALID", name, "it holds no public key in PEM");
  return keys.map((key) => ({ key, id: sha256Of(key.export({ type: "spki", format: "der" })) }));
};

const isOfImage = (payload: Buffer, digest: string): boolean =>
  Payload.safeParse(jsonIn(payload.toString("utf8"))).data?.critical.image["docker-manifest-digest"] === digest;

/**
 * The id of a key by which an image is signed. Signatures by other keys count for nothing, and so does a good one of another image, which
 * somebody may have put here. Throws IMAGE_UNSIGNED, IMAGE_UNVERIFIED; `reference` is what errors call the image.
 */
export const signerOfImage = (
  { reference, digest }: { reference: string; digest: string },
  signatures: readonly ImageSignature[],
  signers: readonly ImageSigner[],
): string => {
  if (signatures.length === 0) throw userError("IMAGE_UNSIGNED", reference, "what cosign keeps beside it holds no signature");
  let ofAnother = false;
  for (const { payload, signature } of signatures)
    for (const { id, key } of signers) {
      if (!verify("sha256", payload, key, signature)) continue;
      if (isOfImage(payload, digest)) return id;
      ofAnother = true;
    }
  throw userError(
    "IMAGE_UNVERIFIED",
    reference,
    ofAnother ? "the signature beside it is of another image" : "none of its signatures is by one of these keys and fits what was signed",
  );
};
