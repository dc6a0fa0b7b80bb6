/**
 * Answers to questions, which may hold rows: sealed by the dataplane for the one process that waits, with a key that was made for the
 * question and lives in that process's memory only. X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP 800-38D); the
 * sealing half is packages/engine/src/worker/seal-answer.ts. What passes through the store can be opened by nobody who reads it there.
 */
import { createDecipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from "node:crypto";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Length of an X25519 public key in DER (RFC 8410). */
const PUBLIC_BYTES = 44;
const PURPOSE = "touchstone answer 1";

export type AnswerKey = { publicKey: string; open: (sealed: string, questionId: string) => string };

/** The key that only the two ends can derive, for one thing and one purpose. */
export const sharedKey = (own: KeyObject, other: Buffer, salt: string, purpose: string): Buffer => {
  const publicKey = createPublicKey({ key: other, format: "der", type: "spki" });
  const secret = diffieHellman({ privateKey: own, publicKey });
  return Buffer.from(hkdfSync("sha256", secret, salt, purpose, KEY_BYTES));
};

/** A key for one answer. */
export const answerKey = (): AnswerKey => {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  return {
    publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    open: (sealed, questionId) => {
      const bytes = Buffer.from(sealed, "base64");
      const [other, iv, tag, body] = [
        bytes.subarray(0, PUBLIC_BYTES),
        bytes.subarray(PUBLIC_BYTES, PUBLIC_BYTES + IV_BYTES),
        bytes.subarray(PUBLIC_BYTES + IV_BYTES, PUBLIC_BYTES + IV_BYTES + TAG_BYTES),
        bytes.subarray(PUBLIC_BYTES + IV_BYTES + TAG_BYTES),
      ];
      const decipher = createDecipheriv("aes-256-gcm", sharedKey(privateKey, other, questionId, PURPOSE), iv, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
    },
  };
};
