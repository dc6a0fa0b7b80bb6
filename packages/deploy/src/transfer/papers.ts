/** The documents of a transfer, opened: each is what its kind says, and signed by the party that speaks in it. Pure. */
import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { PublicKey } from "../supply/key.ts";
import { documentDigest, documentOf, signedIn, verifyDocument, type Signed } from "../supply/signature.ts";
import { Acceptance, TransferDocument, TransferRecord, type Party } from "./document.ts";

export type Opened<T> = { document: T; digest: string; signed: Signed };

/** Throws unless every party has signed with the key it is named with, and that key is trusted here. */
const requireSigned = (signed: Signed, parties: readonly Party[], trusted: readonly PublicKey[], name: string): void => {
  const keys = parties.map(({ keyId }) => trusted.find(({ id }) => id === keyId) ?? keyId);
  const unknown = keys.filter((key) => typeof key === "string");
  if (unknown.length > 0) throw userError("DOCUMENT_SIGNER_UNKNOWN", name, unknown.join(", "));
  verifyDocument(
    signed,
    keys.filter((key) => typeof key !== "string"),
    { name, everyone: true },
  );
};

const opener =
  <T>(schema: z.ZodType<T>, parties: (document: T) => Party[]) =>
  (text: string, name: string, trusted: readonly PublicKey[]): Opened<T> => {
    const signed = signedIn(text, name);
    const document = documentOf(schema, signed.document, name);
    requireSigned(signed, parties(document), trusted, name);
    return { document, digest: documentDigest(signed.document), signed };
  };

export const openTransfer = opener(TransferDocument, ({ operator }) => [operator]);
export const openAcceptance = opener(Acceptance, ({ customer }) => [customer]);
/** As the operator hands it over: the customer has not signed it yet. */
export const openProof = opener(TransferRecord, ({ operator }) => [operator]);
export const openRecord = opener(TransferRecord, ({ operator, customer }) => [operator, customer]);

/** What a file of a transfer is, before anything in it is believed. Throws DOCUMENT_INVALID. */
export const kindIn = (text: string, name: string): "transfer" | "acceptance" | "record" => {
  const { kind } = signedIn(text, name).document;
  if (kind === "touchstone-transfer") return "transfer";
  if (kind === "touchstone-transfer-acceptance") return "acceptance";
  if (kind === "touchstone-transfer-record") return "record";
  throw userError("DOCUMENT_INVALID", name, "kind", "it is no document of a transfer");
};

/** Throws unless the acceptance is of this transfer. */
export const requireSame = (file: string, what: string, is: string, should: string): void => {
  if (is !== should) throw userError("TRANSFER_OF_ANOTHER", file, what, is, should);
};
