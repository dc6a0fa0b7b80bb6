/** Requests to an object store: each bounded in size and time, tried again where that may help, refused in words without a secret. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import { keyOf, placeText, type Place } from "./place.ts";

/** `body` is held in memory, so that the same may be sent again. `ends`: what it is about is gone once it was heard. */
export type Ask = {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
  ends?: boolean | undefined;
};
/** Adds who asks: a signature or a token. */
export type Authorise = (ask: Ask) => Promise<Ask>;

/** What an error tells: where, and what was to be done with it. */
export type About = { place: string; action: string };

/** Eight megabytes over a slow line. */
const TIMEOUT_MS = 120_000;
const TRIES = 5;
const PAUSE_MS = 200;
/** A list of a thousand objects is well below. */
const ANSWER_BYTES_MAX = 32 * 1024 ** 2;

type Heard = { status: number; headers: Headers; body: Buffer };
/** `tries`: it is the answer to the last of so many. */
export type Answer = Heard & { tries: number };

/**
 * What `fetch` was stopped by is the cause of its error; a message of the system holds an address, and nothing of the request. Where a request could not
 * even be put together its message holds the header that is at fault, which may be a token.
 */
const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return "it failed";
  if (thrown.name === "TimeoutError") return "no answer came in time";
  const { cause } = thrown;
  if (thrown instanceof TypeError && cause === undefined) return "what would be sent is no request";
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error ? first.message : thrown.message;
};

const mayPass = (status: number): boolean => status === 429 || status === 408 || status >= 500;

/** Whoever sends more than was asked for is not read to the end. */
const bodyOf = async ({ body }: Response): Promise<Buffer> => {
  const held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error("it answers with more than was asked for");
    held.push(piece);
  }
  return Buffer.concat(held);
};

const once = async ({ method, url, headers, body }: Ask): Promise<Heard> => {
  // A store that leads elsewhere would take the token or the signature along.
  const answer = await fetch(url, {
    method,
    headers,
    body: body === null ? null : Buffer.from(body),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: answer.status, headers: answer.headers, body: await bodyOf(answer) };
};

/** S3 and Azure tell a code in XML; both have it in a header or a body that may hold more than anybody should see. */
const codeIn = ({ headers, body }: Heard): string => {
  const region = headers.get("x-amz-bucket-region");
  const code = headers.get("x-ms-error-code") ?? /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(body.toString("utf8"))?.[1] ?? "";
  return `${code === "" ? "" : ` ${code}`}${region === null ? "" : ` (the bucket is in the region ${region})`}`;
};

/** An answer of the store, whatever it is. Throws OBJECT_STORE_UNREACHABLE. */
export const answerOf = async (ask: Ask, authorise: Authorise, { place }: About): Promise<Answer> => {
  for (let tried = 1; ; tried += 1) {
    const authorised = await authorise(ask);
    try {
      const answer = await once(authorised);
      if (!mayPass(answer.status) || tried === TRIES) return { ...answer, tries: tried };
    } catch (thrown) {
      if (tried === TRIES) throw userError("OBJECT_STORE_UNREACHABLE", place, reasonOf(thrown));
    }
    await sleep(PAUSE_MS * 2 ** tried);
  }
};

/**
 * What is to be gone is gone: S3 says so of what was never there, Azure does not. So is what a try ended whose answer was lost on the way; whether it did
 * what it was to do shows when it is read.
 */
const isGone = ({ method, ends = false }: Ask, { status, tries }: Answer): boolean =>
  status === 404 && (method === "DELETE" || (ends && tries > 1));

/** There is no first byte where there is none at all. */
const isEmpty = ({ headers }: Ask, { status }: Answer): boolean => status === 416 && headers["range"]?.startsWith("bytes=0-") === true;

/** A good answer. Throws OBJECT_STORE_UNREACHABLE and OBJECT_STORE_REFUSED. */
const goodAnswer = async (ask: Ask, authorise: Authorise, about: About): Promise<Answer> => {
  const answer = await answerOf(ask, authorise, about);
  if (answer.status < 300 || isGone(ask, answer) || isEmpty(ask, answer)) return answer;
  throw userError("OBJECT_STORE_REFUSED", about.place, about.action, `${answer.status}${codeIn(answer)}`);
};

/** A request about the object of a name below a place, or about the bucket itself. */
export type Sent = {
  name?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  ends?: boolean;
};
export type AskBelow = (method: string, action: string, sent: Sent) => Promise<Answer>;

export const askingBelow =
  (place: Place, address: string, authorise: Authorise): AskBelow =>
  (method, action, { name, query = {}, headers = {}, body, ends }) => {
    const url = new URL(name === undefined ? address : `${address}/${keyOf(place, name)}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return goodAnswer({ method, url, headers, body: body ?? null, ends }, authorise, { place: placeText(place, name), action });
  };

/** By which a store sees that a body came as it was sent (RFC 1864). */
export const md5Header = (body: Uint8Array) => ({ "content-md5": createHash("md5").update(body).digest("base64") });

export type Slice = { bytes: Uint8Array; total: number; version: string };

/** A part of an object, of the version that an earlier part was of, where one is given. */
export const sliceOf = async (ask: AskBelow, name: string, from: number, until: number, version: string | null): Promise<Slice> => {
  const headers = { range: `bytes=${from}-${until}`, ...(version === null ? {} : { "if-match": version }) };
  const { status, body, headers: told } = await ask("GET", "read", { name, headers });
  if (status === 416) return { bytes: Buffer.alloc(0), total: 0, version: "" };
  // Of `bytes 0-99/1234`.
  const total = Number(/\/(\d+)$/.exec(told.get("content-range") ?? "")?.[1] ?? body.length);
  return { bytes: body, total, version: told.get("etag") ?? "" };
};
