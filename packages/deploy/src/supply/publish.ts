/** What who publishes does: a release is described in YAML, signed, and pointed to. */
import { parseDocument } from "yaml";
import { userError } from "@touchstone/core/errors";
import { JsonObject } from "./canonical.ts";
import type { PrivateKey, PublicKey } from "./key.ts";
import { Pointer, Release } from "./release.ts";
import { coSign, documentOf, Signed, signDocument, signedIn, verifyDocument } from "./signature.ts";

const DAY_MS = 86_400_000;
/** How long a release may be installed, where its description does not say. */
const RELEASE_DAYS = 365;

/** A description has what differs from release to release; the rest follows. Throws DOCUMENT_INVALID. */
const described = (value: unknown, file: string, now: Date, chartDigest: string | null): Release => {
  const given = documentOf(JsonObject, value, file);
  const chart = typeof given["chart"] === "object" && given["chart"] !== null ? given["chart"] : {};
  const usual = {
    kind: "touchstone/release",
    version: 1,
    issuedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + RELEASE_DAYS * DAY_MS).toISOString(),
  };
  const release = documentOf(
    Release,
    { ...usual, ...given, ...(chartDigest === null ? {} : { chart: { ...chart, digest: chartDigest } }) },
    file,
  );
  const stated = Reflect.get(chart, "digest");
  if (chartDigest !== null && stated !== undefined && stated !== chartDigest)
    throw userError("DOCUMENT_INVALID", file, "chart.digest", `the chart's archive has the digest ${chartDigest}`);
  return release;
};

export type SignOptions = { file: string; now: Date; chartDigest: string | null };

/** A signed release from the text of its description; of one that is signed already, one with one more signature. */
export const signRelease = (text: string, key: PrivateKey, { file, now, chartDigest }: SignOptions): Signed => {
  const document = parseDocument(text, { uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw userError("DOCUMENT_INVALID", file, "YAML", broken.message.split("\n")[0] ?? "it is not YAML");
  const value: unknown = document.toJS();
  const signed = Signed.safeParse(value);
  if (!signed.success) return signDocument(described(value, file, now, chartDigest), key);
  documentOf(Release, signed.data.document, file);
  return coSign(signed.data, key);
};

export type Published = { signed: Signed; what: Release | Pointer; release: Release };

/** What a document of either kind says. Nothing of it is verified. Throws DOCUMENT_INVALID. */
export const publishedIn = (text: string, file: string): Published => publishedOf(signedIn(text, file), file);

export const publishedOf = (signed: Signed, file: string): Published => {
  if (signed.document["kind"] !== "touchstone/channel") {
    const release = documentOf(Release, signed.document, file);
    return { signed, what: release, release };
  }
  const pointer = documentOf(Pointer, signed.document, file);
  return { signed, what: pointer, release: documentOf(Release, pointer.release.document, `the release in ${file}`) };
};

/** Ids of the keys that have signed it, and the release in it. Throws what `verifyDocument` throws. */
export const verifyPublished = (
  { signed, what }: Published,
  keys: readonly PublicKey[],
  file: string,
): { signers: string[]; releaseSigners: string[] } => {
  const { signers } = verifyDocument(signed, keys, { name: file });
  const releaseSigners =
    what.kind === "touchstone/channel" ? verifyDocument(what.release, keys, { name: `the release in ${file}` }).signers : signers;
  return { signers, releaseSigners };
};
