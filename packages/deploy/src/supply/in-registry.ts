/**
 * A signed document in a registry: an artifact of one layer (OCI image specification 1.1, "Guidelines for Artifact Usage"), as `oras` and
 * others read them too. The registry's digests say that it arrived as it was stored; who has said it, its own signatures say.
 */
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { MANIFEST_TYPE, openRepository, type RepositoryOptions } from "../registry/client.ts";
import { jsonIn } from "@touchstone/core/json";
import { addressOf, referenceOf, type Reference } from "../registry/reference.ts";
import type { Published } from "./publish.ts";

/** A pointer has some two kilobytes; with sixteen signatures on either document, six. */
export const DOCUMENT_BYTES_MAX = 64 * 1024;

/** Of what is in the layer, and what the manifest says it is. */
const TYPES = {
  "touchstone/release": "application/vnd.touchstone.release.v1+json",
  "touchstone/channel": "application/vnd.touchstone.channel.v1+json",
} as const;
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const EMPTY = Buffer.from("{}");

const Descriptor = z.looseObject({ mediaType: z.string(), digest: z.string().regex(/^sha256:[a-f0-9]{64}$/), size: z.int().min(0) });
const Manifest = z.looseObject({ layers: z.tuple([Descriptor.extend({ mediaType: z.enum(Object.values(TYPES)) })]) });
/** What else may be at an address: said in the error. */
const Other = z.looseObject({
  artifactType: z.string().optional(),
  mediaType: z.string().optional(),
  config: z.looseObject({ mediaType: z.string() }).optional(),
});

const otherText = (value: unknown): string => {
  const { artifactType, config, mediaType } = Other.safeParse(value).data ?? {};
  return `it is ${artifactType ?? config?.mediaType ?? mediaType ?? "something else"}, not a release or a channel's pointer`;
};

/** The text of the document at an address. Throws REGISTRY_LACKS, DOCUMENT_INVALID, DOCUMENT_TOO_LARGE and what the registry's client throws. */
export const readFromRegistry = async (reference: Reference, options: RepositoryOptions): Promise<string> => {
  const address = addressOf(reference);
  const repository = openRepository(reference, options);
  const found = await repository.manifest(reference.digest ?? reference.tag ?? "");
  if (found === null) throw userError("REGISTRY_LACKS", address);
  const value = jsonIn(found.bytes.toString("utf8"));
  const { data } = Manifest.safeParse(value);
  if (data === undefined) throw userError("DOCUMENT_INVALID", address, "manifest", otherText(value));
  const [{ digest, size }] = data.layers;
  if (size > DOCUMENT_BYTES_MAX) throw userError("DOCUMENT_TOO_LARGE", address, DOCUMENT_BYTES_MAX);
  return (await repository.blob(digest, DOCUMENT_BYTES_MAX)).toString("utf8");
};

/** The tag where others look for it: a channel's name, or a version. */
export const tagFor = (what: Published["what"]): string => (what.kind === "touchstone/channel" ? what.channel : what.product);

/** Puts a document where readers look for it, and answers its address with its digest. */
export const writeToRegistry = async (
  { signed, what }: Pick<Published, "signed" | "what">,
  to: string,
  option: string,
  options: RepositoryOptions,
): Promise<string> => {
  const place = referenceOf(to, option);
  if (place.digest !== null) throw userError("OPTION_INVALID", option, "a digest follows from what is written: say none");
  const tag = place.tag ?? tagFor(what);
  const repository = openRepository(place, options);
  const bytes = Buffer.from(`${JSON.stringify(signed, null, 2)}\n`);
  const mediaType = TYPES[what.kind];
  const layer = { mediaType, digest: await repository.writeBlob(bytes), size: bytes.length };
  const config = { mediaType: EMPTY_TYPE, digest: await repository.writeBlob(EMPTY), size: EMPTY.length };
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, artifactType: mediaType, config, layers: [layer] };
  const digest = await repository.writeManifest(tag, Buffer.from(JSON.stringify(manifest)), MANIFEST_TYPE);
  return addressOf({ ...place, tag, digest });
};
