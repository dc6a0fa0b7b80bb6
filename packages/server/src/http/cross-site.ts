/**
 * Whether a change was asked for by a page of another site (cross-site request forgery). Three signs are looked at, as the OWASP
 * sheet on it advises: where the browser says the page is from (`Sec-Fetch-Site`, Fetch Metadata), the page's origin, and for a
 * session a header that such a page could not add. Tokens need none of it: no browser sends them by itself.
 */
import { CSRF_HEADER } from "@touchstone/core/routes/contract";
import type { Caller } from "./caller.ts";

const READS = ["GET", "HEAD", "OPTIONS"];

const foreignPage = (headers: Headers, caller: Caller): string | null => {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return `the browser calls it ${site}`;
  const origin = headers.get("origin");
  return origin === null || origin === caller.origin ? null : `its origin is not ${caller.origin}`;
};

/** Why a change by somebody not yet signed in is refused: another site must not sign its visitors in, as whomever it likes. */
export const crossSiteSignIn = ({ headers }: Request, caller: Caller): string | null => foreignPage(headers, caller);

/** Why a request that a session's cookie came with is refused. */
export const crossSite = ({ method, headers }: Request, caller: Caller): string | null => {
  if (READS.includes(method)) return null;
  return foreignPage(headers, caller) ?? (headers.has(CSRF_HEADER) ? null : `it has no header ${CSRF_HEADER}`);
};

/**
 * Why a form is refused. It can carry no header of ours, so that the browser itself has to say that a page of this installation sent it: what
 * says nothing is refused too. The pages' policy of referrers must let it (`same-origin`): under `no-referrer` a form's origin is `null`
 * (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
 */
export const crossSiteForm = ({ headers }: Request, caller: Caller): string | null => {
  const isOwn = headers.get("sec-fetch-site") === "same-origin" || headers.get("origin") === caller.origin;
  return foreignPage(headers, caller) ?? (isOwn ? null : "the browser does not say which page it is from");
};
