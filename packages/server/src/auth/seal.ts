/**
 * Secrets at rest: each is encrypted with a key of its own (AES-256-GCM, NIST SP 800-38D), and that key with the installation's. A
 * rotation therefore opens no secret: it wraps the small keys anew. What a secret belongs to is authenticated with it, so that a
 * sealed text copied to another row does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { userError } from "@touchstone/core/errors";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Keys of the installation by id, the current one first: it seals, the others only open. */
export type KeyRing = { currentId: string; keys: ReadonlyMap<string, Buffer> };

const encrypt = (key: Buffer, plain: Buffer, owner: string): Buffer => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
};

const decrypt = (key: Buffer, sealed: Buffer, owner: string): Buffer => {
  const iv = sealed.subarray(0, IV_BYTES);
  const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(owner)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
};

const WRAPPED_BYTES = IV_BYTES + TAG_BYTES + KEY_BYTES;

export type Sealed = { keyId: string; sealed: string };

const keyOf = (ring: KeyRing, id: string): Buffer => {
  const key = ring.keys.get(id);
  if (key === undefined) throw userError("SECRET_UNREADABLE", `it was sealed with the key ${id}, which this installation does not have`);
  return key;
};

/** Seals a secret of an owner (`connection 12 password`). */
export const seal = (ring: KeyRing, secret: string, owner: string): Sealed => {
  const own = randomBytes(KEY_BYTES);
  const wrapped = encrypt(keyOf(ring, ring.currentId), own, owner);
  return { keyId: ring.currentId, sealed: Buffer.concat([wrapped, encrypt(own, Buffer.from(secret), owner)]).toString("base64") };
};

const parts = (ring: KeyRing, { keyId, sealed }: Sealed, owner: string): { own: Buffer; body: Buffer } => {
  const bytes = Buffer.from(sealed, "base64");
  const key = keyOf(ring, keyId);
  try {
    return { own: decrypt(key, bytes.subarray(0, WRAPPED_BYTES), owner), body: bytes.subarray(WRAPPED_BYTES) };
  } catch {
    // The cipher says no more than that the tag does not fit.
    throw userError("SECRET_UNREADABLE", "it was changed, or moved from where it belongs");
  }
};

/** Opens it again. Throws SECRET_UNREADABLE. */
export const unseal = (ring: KeyRing, sealed: Sealed, owner: string): string => {
  const { own, body } = parts(ring, sealed, owner);
  return decrypt(own, body, owner).toString("utf8");
};

/** Whether it would open. */
export const opens = (ring: KeyRing, sealed: Sealed, owner: string): boolean => {
  try {
    unseal(ring, sealed, owner);
    return true;
  } catch {
    // Nothing happens in there but the cipher, which fails in as many ways as a text can be wrong.
    return false;
  }
};

/** The same secret under the current key; nothing to do answers null. */
export const rewrap = (ring: KeyRing, sealed: Sealed, owner: string): Sealed | null => {
  if (sealed.keyId === ring.currentId) return null;
  const { own, body } = parts(ring, sealed, owner);
  const wrapped = encrypt(keyOf(ring, ring.currentId), own, owner);
  return { keyId: ring.currentId, sealed: Buffer.concat([wrapped, body]).toString("base64") };
};

/**
 * Keys as a setting writes them: `id:base64` one after another, the current one first.
 * Throws SETTING_INVALID.
 */
export const readKeyRing = (text: string): KeyRing => {
  const entries = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map((entry): [string, Buffer] => {
      const at = entry.indexOf(":");
      return [entry.slice(0, Math.max(at, 0)), Buffer.from(entry.slice(at + 1), "base64")];
    });
  const [first] = entries;
  if (first === undefined) throw userError("SETTING_INVALID", "TOUCHSTONE_SECRET_KEYS", "it names no key");
  if (entries.some(([id, key]) => !/^[\w.-]{1,40}$/.test(id) || key.length !== KEY_BYTES))
    throw userError("SETTING_INVALID", "TOUCHSTONE_SECRET_KEYS", `each entry is id:key, the key ${KEY_BYTES} bytes in base64`);
  return { currentId: first[0], keys: new Map(entries) };
};

/** A new key in the form `readKeyRing` takes. */
export const newKey = (id: string): string => `${id}:${randomBytes(KEY_BYTES).toString("base64")}`;

/** The keys in the form `readKeyRing` takes, a line each. */
export const ringText = ({ keys }: KeyRing): string => [...keys].map(([id, key]) => `${id}:${key.toString("base64")}\n`).join("");
