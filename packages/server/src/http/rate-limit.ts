/**
 * Requests one caller may make: a bucket that fills at a steady rate (token bucket), in memory, per process. What is left of it is told
 * with each answer, as draft-ietf-httpapi-ratelimit-headers-10 has it.
 */
import { userError, type UserError } from "@touchstone/core/errors";

export type RateLimit = { perSecond: number; burst: number };

/** Whether a request may be made, and what its caller is told in either case. */
export type Allowance = { headers: Readonly<Record<string, string>>; refusal: UserError | null };

/** Callers remembered; the longest unheard are forgotten, whose buckets are full again anyway. */
const CALLERS_MAX = 50_000;
/** There is one limit; the draft wants it to have a name. */
const POLICY = '"caller"';

export const rateLimiter = ({ perSecond, burst }: RateLimit, now: () => number = () => performance.now() / 1000) => {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const policy = `${POLICY};q=${Math.floor(burst)};w=${Math.ceil(burst / perSecond)}`;
  return (caller: string): Allowance => {
    const at = now();
    const bucket = buckets.get(caller) ?? { tokens: burst, at };
    const tokens = Math.min(burst, bucket.tokens + (at - bucket.at) * perSecond);
    const left = tokens < 1 ? tokens : tokens - 1;
    buckets.delete(caller);
    buckets.set(caller, { tokens: left, at });
    if (buckets.size > CALLERS_MAX) buckets.delete(buckets.keys().next().value ?? "");
    const headers = {
      "ratelimit-policy": policy,
      ratelimit: `${POLICY};r=${Math.floor(left)};t=${Math.ceil((burst - left) / perSecond)}`,
    };
    const waitSeconds = Math.max(1, Math.ceil((1 - tokens) / perSecond));
    return { headers, refusal: tokens < 1 ? userError("TOO_MANY_REQUESTS", `${perSecond} a second`, waitSeconds) : null };
  };
};
