/** An error as an HTTP answer: its code, what happened, why and what to do; never a stack, never a value of somebody's data. */
import type { ErrorCode, ErrorInfo } from "@touchstone/core/errors";

/** Statuses of the codes that a route may answer with; all others are refusals of the work (422), and a bug is a 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_SIGNED_IN: 401,
  SIGN_IN_FAILED: 401,
  SIGN_IN_REFUSED: 403,
  CROSS_SITE_REFUSED: 403,
  NOT_ALLOWED: 403,
  OBJECT_UNKNOWN: 404,
  OBJECT_EXISTS: 409,
  OBJECT_IN_USE: 409,
  OBJECT_STATE_WRONG: 409,
  FIELDS_IN_USE: 409,
  CHECKS_CHANGED: 409,
  ANSWER_NOT_KEPT: 409,
  LEASE_LOST: 409,
  LIMIT_EXCEEDED: 413,
  TOO_MANY_REQUESTS: 429,
  STORE_AWAY: 503,
  DATAPLANE_ABSENT: 503,
  DATAPLANE_SILENT: 504,
  INTERNAL: 500,
};

export const statusOf = (code: ErrorCode): number => STATUS[code] ?? 422;

/** One place of a request that is not usable. */
export type Place = { loc: (string | number)[]; msg: string; type: string };

/** A request that is not usable: the places one by one, and the error of the first where it has a code of its own. */
export class Unusable extends Error {
  readonly places: Place[];
  readonly info: ErrorInfo | null;
  constructor(places: Place[], info: ErrorInfo | null = null) {
    super("unusable request");
    this.places = places;
    this.info = info;
  }
}

/** Body of an error. `detail` is a sentence, or for an unusable request its places one by one. */
export type Problem = ErrorInfo & { detail: string | Place[]; request_id: string };

export const problemOf = (info: ErrorInfo, requestId: string, places: Place[] | null = null): Problem => ({
  ...info,
  detail: places ?? `${info.what}: ${info.why}`,
  request_id: requestId,
});

/** Directories know no 422 (RFC 7644 §3.12). */
export const provisioningStatus = (status: number): number => (status === 422 ? 400 : status);

/** The same as directories expect it (RFC 7644 §3.12): a schema, the status as text, a sentence, and for some a kind. */
export const provisioningProblem = (problem: Problem, status: number) => ({
  ...problem,
  schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
  status: String(provisioningStatus(status)),
  detail: `${problem.what}: ${problem.why}`,
  ...(status === 409 ? { scimType: "uniqueness" } : status === 422 ? { scimType: "invalidValue" } : {}),
});
