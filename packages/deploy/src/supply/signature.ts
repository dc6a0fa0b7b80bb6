/**
 * Signed documents: what was said, and Ed25519 signatures (RFC 8032) over its canonical JSON (RFC 8785), by one or by several. A
 * document says itself of what kind and version it is, so that none can be shown as one of another kind. docs/decisions/0026.
 */
import { sign, verify } from "node:crypto";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { sha256Of } from "../deployment/digest.ts";
import { canonical, JsonObject } from "./canonical.ts";
import type { PrivateKey, PublicKey } from "./key.ts";

/** More would be somebody's attempt to keep a reader busy. */
const SIGNATURES_MAX = 16;

const Signature = z.strictObject({
  keyId: z.string().regex(/^sha256:[a-f0-9]{64}$/),
  /** 64 bytes in base64. */
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
});

export const Signed = z.strictObject({ document: JsonObject, signatures: z.array(Signature).max(SIGNATURES_MAX) });
export type Signed = z.infer<typeof Signed>;

/** What is signed: also what `openssl pkeyutl -verify -rawin` takes. */
export const signedBytes = (document: JsonObject): Buffer => Buffer.from(canonical(document), "utf8");

/** What a document is known by: SHA-256 of its canonical JSON, without its signatures. */
export const documentDigest = (document: JsonObject): string => sha256Of(signedBytes(document));

const placeOf = ({ path }: z.core.$ZodIssue): string => path.join(".") || "the document";
/** In words of ours where zod names what JavaScript calls a value that is not there. */
const reasonOf = ({ message }: z.core.$ZodIssue): string =>
  message.replace(/^Invalid input: (expected .*), received undefined$/, "it is missing: $1");

/** A value as a type says. Throws DOCUMENT_INVALID; `name` is what errors call it. */
export const documentOf = <T>(schema: z.ZodType<T>, value: unknown, name: string): T => {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw issue === undefined
    ? userError("DOCUMENT_INVALID", name, "the document", "it is something else")
    : userError("DOCUMENT_INVALID", name, placeOf(issue), reasonOf(issue));
};

/** A signed document from its text. Throws DOCUMENT_INVALID. */
export const signedIn = (text: string, name: string): Signed => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw userError("DOCUMENT_INVALID", name, "the document", "it is not JSON");
  }
  return documentOf(Signed, value, name);
};

/** One more signature on a document; who has signed it before does it anew. */
export const coSign = ({ document, signatures }: Signed, { id, key }: PrivateKey): Signed => ({
  document,
  signatures: [
    ...signatures.filter(({ keyId }) => keyId !== id),
    { keyId: id, signature: sign(null, signedBytes(document), key).toString("base64") },
  ],
});

/** Signs what a document says. Throws DOCUMENT_INVALID where it is no JSON. */
export const signDocument = (document: object, privateKey: PrivateKey): Signed =>
  coSign({ document: documentOf(JsonObject, document, "the document to be signed"), signatures: [] }, privateKey);

export type Verified = {
  document: JsonObject;
  /** Ids of those of the public keys that have signed it: at least one. */
  signers: string[];
};

export type VerifyOptions = {
  /** What errors call it. */
  name: string;
  /** Whether each of the keys has to have signed; otherwise one is enough. */
  everyone?: boolean;
};

/**
 * What a document says, if those who hold the keys have said it. Signatures by other keys count for nothing; one by a known key that
 * does not fit spoils the whole. Throws DOCUMENT_UNSIGNED, DOCUMENT_SIGNER_UNKNOWN, DOCUMENT_ALTERED, DOCUMENT_SIGNATURE_LACKING.
 */
export const verifyDocument = (signed: Signed, publicKeys: readonly PublicKey[], { name, everyone = false }: VerifyOptions): Verified => {
  const { document, signatures } = signed;
  if (signatures.length === 0) throw userError("DOCUMENT_UNSIGNED", name);
  const bytes = signedBytes(document);
  const signers = new Set<string>();
  for (const { keyId, signature } of signatures) {
    const known = publicKeys.find(({ id }) => id === keyId);
    if (known === undefined) continue;
    if (!verify(null, bytes, known.key, Buffer.from(signature, "base64"))) throw userError("DOCUMENT_ALTERED", name, keyId);
    signers.add(keyId);
  }
  if (signers.size === 0) throw userError("DOCUMENT_SIGNER_UNKNOWN", name, signatures.map(({ keyId }) => keyId).join(", "));
  const lacking = everyone ? publicKeys.filter(({ id }) => !signers.has(id)) : [];
  if (lacking.length > 0) throw userError("DOCUMENT_SIGNATURE_LACKING", name, lacking.map(({ id }) => id).join(", "));
  return { document, signers: [...signers] };
};
