/** What can be wrong with keys and with what they have signed. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const SUPPLY_ERRORS = {
  KEY_INVALID: error((file: string, reason: string) => ({
    what: `${file} is not a usable key`,
    why: reason,
    todo: "touchstone deploy keys new makes a pair; what is public of it is in the file that ends in .pub.pem",
  })),
  KEY_UNWRITABLE: error((file: string, reason: string) => ({
    what: `The key ${file} could not be written`,
    why: reason,
    todo: "name another file: a key is never written over another",
  })),
  DOCUMENT_INVALID: error((name: string, place: string, reason: string) => ({
    what: `${name} is not the document it should be`,
    why: `${place}: ${reason}`,
    todo: "get it again from who published it; nothing of it was used",
  })),
  DOCUMENT_UNSIGNED: error((name: string) => ({
    what: `${name} is not signed`,
    why: "there is no signature on it",
    todo: "get the signed one from who published it; nothing of it was used",
  })),
  DOCUMENT_SIGNER_UNKNOWN: error((name: string, keyIds: string) => ({
    what: `${name} is signed by nobody you trust`,
    why: `its signatures are by ${keyIds}, and none of these is among the public keys given`,
    todo: "ask who published it for the public key, compare its id by another way (touchstone deploy keys show), and only then add it",
  })),
  DOCUMENT_ALTERED: error((name: string, keyId: string) => ({
    what: `${name} is not what was signed`,
    why: `the signature by ${keyId} does not fit it: it was changed afterwards, or its signature was`,
    todo: "get it again, and tell who published it if it stays so; nothing of it was used",
  })),
  DOCUMENT_SIGNATURE_LACKING: error((name: string, keyIds: string) => ({
    what: `${name} is not signed by everybody who has to`,
    why: `no signature is by ${keyIds}`,
    todo: "have it signed by the holder of that key as well",
  })),
};
