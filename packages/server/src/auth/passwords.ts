/** Passwords as salted scrypt digests (RFC 7914), with the cost that OWASP's password storage sheet names for scrypt: N = 2^17, r = 8, p = 1. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 ** 2 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, (error, hash) => (error === null ? resolve(hash) : reject(error))),
  );

export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  return `scrypt:${salt.toString("base64")}:${(await derive(password, salt)).toString("base64")}`;
};

/** Takes as long for a user who has no password as for one who has: the time must not tell which e-mail addresses there are. */
export const isPassword = async (password: string, stored: string | null): Promise<boolean> => {
  const [, salt = "", hash = ""] = (stored ?? "").split(":");
  const expected = Buffer.from(hash, "base64");
  const given = await derive(password, stored === null ? randomBytes(SALT_BYTES) : Buffer.from(salt, "base64"));
  return expected.length === given.length && timingSafeEqual(expected, given);
};
