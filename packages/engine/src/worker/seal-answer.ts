/**
 * An answer that may hold rows, sealed for who asked: a key pair of its own, X25519 (RFC 7748) with the asker's public key,
 * HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP 800-38D). The control plane's store, through which it may pass, cannot open it.
 */
import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes } from "node:crypto";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const PURPOSE = "touchstone answer 1";

/** Own public key, initialisation vector, tag and text, one behind the other, in base64. The question's id salts the key. */
export const sealAnswer = (answer: unknown, publicKey: string, questionId: string): string => {
  const own = generateKeyPairSync("x25519");
  const asker = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  const secret = diffieHellman({ privateKey: own.privateKey, publicKey: asker });
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(hkdfSync("sha256", secret, questionId, PURPOSE, KEY_BYTES)), iv);
  const body = Buffer.concat([cipher.update(JSON.stringify(answer), "utf8"), cipher.final()]);
  return Buffer.concat([own.publicKey.export({ format: "der", type: "spki" }), iv, cipher.getAuthTag(), body]).toString("base64");
};
