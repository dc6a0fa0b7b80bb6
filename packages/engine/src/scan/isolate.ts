/** One broken check must not spoil the others that share its statement: find it by halving, and keep what works. */
import { toErrorInfo } from "@touchstone/core/errors";
import type { ErrorCode, ErrorInfo } from "@touchstone/core/errors";

export type Attempt<R> = { ok: true; value: R } | { ok: false; error: ErrorInfo };

/** Errors that are not about one check: halving would only repeat them. */
const FATAL: readonly ErrorCode[] = [
  "ABORTED",
  "ENGINE_DIED",
  "CONNECTION_LOST",
  "CONNECTION_FAILED",
  "PERMISSION_DENIED",
  "SOURCE_NOT_FOUND",
  "SOURCE_UNREADABLE",
  "DISK_FULL",
];

export const isFatal = (thrown: unknown): boolean => FATAL.includes(toErrorInfo(thrown).code);

/** Failing statements before the rest is given up with the last error: when all is broken, halving thousands would take hours. */
const FAILURES_MAX = 200;

/** Runs all items in one statement; when that fails, halves until only the guilty ones carry the error. */
export const isolate = async <T, R>(items: readonly T[], run: (items: readonly T[]) => Promise<R[]>): Promise<Attempt<R>[]> => {
  let failures = 0;
  const attempt = async (part: readonly T[]): Promise<Attempt<R>[]> => {
    try {
      return (await run(part)).map((value) => ({ ok: true, value }));
    } catch (thrown) {
      if (isFatal(thrown)) throw thrown;
      failures++;
      const error = toErrorInfo(thrown);
      if (part.length <= 1 || failures >= FAILURES_MAX) return part.map(() => ({ ok: false, error }));
      const half = Math.ceil(part.length / 2);
      return [...(await attempt(part.slice(0, half))), ...(await attempt(part.slice(half)))];
    }
  };
  return attempt(items);
};

/** The value of a function, or the error a user caused with it. */
export const attemptOf = <R>(make: () => R): Attempt<R> => {
  try {
    return { ok: true, value: make() };
  } catch (thrown) {
    return { ok: false, error: toErrorInfo(thrown) };
  }
};
