/**
 * Rows on their way to a dataplane, sealed for the one that has the work: the other direction of answers.ts, with the same means. What
 * passes through the store can be opened by nobody who reads it there.
 */
import { createCipheriv, generateKeyPairSync, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { sharedKey } from "./answers.ts";

const PURPOSE = "touchstone rows 1";
const IV_BYTES = 12;

const compressed = promisify(gzip);

/** Own public key, initialisation vector, tag and the compressed text, one behind the other, in base64. The operation salts the key. */
export const sealRows = async (text: string, publicKey: string, operationId: number): Promise<string> => {
  const own = generateKeyPairSync("x25519");
  const iv = randomBytes(IV_BYTES);
  const key = sharedKey(own.privateKey, Buffer.from(publicKey, "base64"), String(operationId), PURPOSE);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const body = Buffer.concat([cipher.update(await compressed(text)), cipher.final()]);
  return Buffer.concat([own.publicKey.export({ format: "der", type: "spki" }), iv, cipher.getAuthTag(), body]).toString("base64");
};
