/** Ed25519 keys (RFC 8032) in PEM, as openssl reads and writes them: PKCS 8 for the private one, SubjectPublicKeyInfo for the public one. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import { sha256Of } from "../deployment/digest.ts";

export type PublicKey = { id: string; key: KeyObject };
/** Signs; `id` is that of its public half. */
export type PrivateKey = { id: string; key: KeyObject; publicPem: string };

const KIND = "ed25519";
const PEM_PUBLIC = /-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g;

/** SHA-256 of the public key's DER: what people compare by another way. */
const idOf = (key: KeyObject): string => sha256Of(key.export({ type: "spki", format: "der" }));

const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

const keyIn = (read: () => KeyObject, name: string, reason: string): KeyObject => {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw userError("KEY_INVALID", name, reason);
  }
  if (key.asymmetricKeyType !== KIND)
    throw userError("KEY_INVALID", name, `it is a key of the kind ${key.asymmetricKeyType ?? "?"}, not ${KIND}`);
  return key;
};

/** A new pair as PEM. The private one is for a file that nobody else reads. */
export const newKeyPair = (): { privatePem: string; publicPem: string; id: string } => {
  const { privateKey, publicKey } = generateKeyPairSync(KIND);
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: pemOf(publicKey),
    id: idOf(publicKey),
  };
};

/** `name` is what errors call it; nothing of the text is in one. Throws KEY_INVALID. */
export const privateKeyIn = (pem: string, name: string): PrivateKey => {
  const key = keyIn(() => createPrivateKey(pem), name, "it holds no private key in PEM without a passphrase");
  const publicKey = createPublicKey(key);
  return { id: idOf(publicKey), key, publicPem: pemOf(publicKey) };
};

/** All public keys of a text, one PEM after the other: at least one. Throws KEY_INVALID. */
export const publicKeysIn = (pem: string, name: string): PublicKey[] => {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw userError("KEY_INVALID", name, "it is a private key, where a public one belongs");
  const keys = (pem.match(PEM_PUBLIC) ?? []).map((text) => keyIn(() => createPublicKey(text), name, "what it holds is no public key"));
  if (keys.length === 0) throw userError("KEY_INVALID", name, "it holds no public key in PEM");
  return keys.map((key) => ({ id: idOf(key), key }));
};
