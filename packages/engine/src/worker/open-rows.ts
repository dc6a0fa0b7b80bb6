/**
 * Rows that come with an operation, fetched and opened: a key pair of its own for each attempt, X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP
 * 800-38D). The sealing half is packages/server/src/work/seal-rows.ts.
 */
import { createDecipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { userError } from "@touchstone/core/errors";
import type { Lease } from "./operation.ts";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Length of an X25519 public key in DER (RFC 8410). */
const PUBLIC_BYTES = 44;
const PURPOSE = "touchstone rows 1";
/** More than any request may carry: what claims to be larger was not sealed by our control plane. */
const TEXT_BYTES_MAX = 64 * 1024 ** 2;

const decompressed = promisify(gunzip);

const opened = async (sealed: string, privateKey: KeyObject, operationId: number): Promise<string> => {
  const bytes = Buffer.from(sealed, "base64");
  const other = createPublicKey({ key: bytes.subarray(0, PUBLIC_BYTES), format: "der", type: "spki" });
  const [iv, tag, body] = [
    bytes.subarray(PUBLIC_BYTES, PUBLIC_BYTES + IV_BYTES),
    bytes.subarray(PUBLIC_BYTES + IV_BYTES, PUBLIC_BYTES + IV_BYTES + TAG_BYTES),
    bytes.subarray(PUBLIC_BYTES + IV_BYTES + TAG_BYTES),
  ];
  const secret = diffieHellman({ privateKey, publicKey: other });
  const key = Buffer.from(hkdfSync("sha256", secret, String(operationId), PURPOSE, KEY_BYTES));
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  const text = await decompressed(Buffer.concat([decipher.update(body), decipher.final()]), { maxOutputLength: TEXT_BYTES_MAX });
  return text.toString("utf8");
};

/** Waits for the rows of an operation. Throws UPLOAD_UNUSABLE when nobody holds them any more, ABORTED. */
export const fetchRows = async (lease: Lease, operationId: number, name: string): Promise<string> => {
  const own = generateKeyPairSync("x25519");
  const publicKey = own.publicKey.export({ format: "der", type: "spki" }).toString("base64");
  for (;;) {
    if (lease.signal.aborted) throw userError("ABORTED");
    const { sealed, gone } = await lease.rows(publicKey);
    if (gone) throw userError("UPLOAD_UNUSABLE", name, "the process of the control plane that held it has ended");
    if (sealed !== null) return opened(sealed, own.privateKey, operationId);
  }
};
