/** Requests one caller may make: a bucket that fills at a steady rate (token bucket), in memory, per process. */
import { userError } from "@touchstone/core/errors";

export type RateLimit = { perSecond: number; burst: number };

/** Callers remembered; the longest unheard are forgotten, whose buckets are full again anyway. */
const CALLERS_MAX = 50_000;

export const rateLimiter = ({ perSecond, burst }: RateLimit, now: () => number = () => performance.now() / 1000) => {
  const buckets = new Map<string, { tokens: number; at: number }>();
  /** Throws TOO_MANY_REQUESTS when a caller's bucket is empty. */
  return (caller: string): void => {
    const at = now();
    const bucket = buckets.get(caller) ?? { tokens: burst, at };
    const tokens = Math.min(burst, bucket.tokens + (at - bucket.at) * perSecond);
    buckets.delete(caller);
    buckets.set(caller, { tokens: Math.max(0, tokens - 1), at });
    if (buckets.size > CALLERS_MAX) buckets.delete(buckets.keys().next().value ?? "");
    if (tokens < 1) throw userError("TOO_MANY_REQUESTS", `${perSecond} a second`, Math.ceil((1 - tokens) / perSecond));
  };
};
