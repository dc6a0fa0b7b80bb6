/** Passwords as salted scrypt digests (RFC 7914), with the cost that OWASP's password storage sheet names for scrypt: N = 2^17, r = 8, p = 1. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { userError } from "@touchstone/core/errors";

const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 ** 2 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Digests at once: each takes 128 MiB and a core for a third of a second. */
const AT_ONCE_MAX = 2;
/** Callers that wait for a turn; those behind them would wait for longer than a browser does. */
const WAITING_MAX = 60;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs work when one of the few turns is free. Throws TOO_MANY_REQUESTS when the queue is full. */
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (waiting.length >= WAITING_MAX) throw userError("TOO_MANY_REQUESTS", `${WAITING_MAX} waiting sign-ins`, 10);
  if (running >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    // The turn is handed on, or given up.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
};

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise((resolve, reject) =>
        scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, (error, hash) => (error === null ? resolve(hash) : reject(error))),
      ),
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
