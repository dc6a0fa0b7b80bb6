/** Requests to an object store: each bounded in size and time, tried again where that may help, refused in words without a secret. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import { keyOf, placeText, type Place } from "./place.ts";

/** `body` is held in memory, so that the same may be sent again. */
export type Ask = { method: string; url: URL; headers: Readonly<Record<string, string>>; body: Uint8Array | null };
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

export type Answer = { status: number; headers: Headers; body: Buffer };

/** What `fetch` was stopped by is the cause of its error; a message of the system holds an address, and nothing of the request. */
const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return "it failed";
  if (thrown.name === "TimeoutError") return "no answer came in time";
  const { cause } = thrown;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error ? first.message : thrown.message;
};

const mayPass = (status: number): boolean => status === 429 || status === 408 || status >= 500;

const once = async ({ method, url, headers, body }: Ask): Promise<Answer> => {
  // A store that leads elsewhere would take the token or the signature along.
  const answer = await fetch(url, {
    method,
    headers,
    body: body === null ? null : Buffer.from(body),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (Number(answer.headers.get("content-length") ?? 0) > ANSWER_BYTES_MAX) throw new Error("it answers with more than was asked for");
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
};

/** S3 and Azure tell a code in XML; both have it in a header or a body that may hold more than anybody should see. */
const codeIn = ({ headers, body }: Answer): string => {
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
      if (!mayPass(answer.status) || tried === TRIES) return answer;
    } catch (thrown) {
      if (tried === TRIES) throw userError("OBJECT_STORE_UNREACHABLE", place, reasonOf(thrown));
    }
    await sleep(PAUSE_MS * 2 ** tried);
  }
};

/** A good answer. Throws OBJECT_STORE_UNREACHABLE and OBJECT_STORE_REFUSED. */
export const goodAnswer = async (ask: Ask, authorise: Authorise, about: About): Promise<Answer> => {
  const answer = await answerOf(ask, authorise, about);
  // What is to be gone is gone: S3 says so of what was never there, Azure does not.
  if (answer.status < 300 || (ask.method === "DELETE" && answer.status === 404)) return answer;
  throw userError("OBJECT_STORE_REFUSED", about.place, about.action, `${answer.status}${codeIn(answer)}`);
};

/** A request about the object of a name below a place, or about the bucket itself. */
export type Sent = {
  name?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
};
export type AskBelow = (method: string, action: string, sent: Sent) => Promise<Answer>;

export const askingBelow =
  (place: Place, address: string, authorise: Authorise): AskBelow =>
  (method, action, { name, query = {}, headers = {}, body }) => {
    const url = new URL(name === undefined ? address : `${address}/${keyOf(place, name)}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return goodAnswer({ method, url, headers, body: body ?? null }, authorise, { place: placeText(place, name), action });
  };

/** By which a store sees that a body came as it was sent (RFC 1864). */
export const md5Header = (body: Uint8Array) => ({ "content-md5": createHash("md5").update(body).digest("base64") });

export type Slice = { bytes: Uint8Array; total: number; version: string };

/** A part of an object, of the version that an earlier part was of, where one is given. */
export const sliceOf = async (ask: AskBelow, name: string, from: number, until: number, version: string | null): Promise<Slice> => {
  const headers = { range: `bytes=${from}-${until}`, ...(version === null ? {} : { "if-match": version }) };
  const { body, headers: told } = await ask("GET", "read", { name, headers });
  // Of `bytes 0-99/1234`.
  const total = Number(/\/(\d+)$/.exec(told.get("content-range") ?? "")?.[1] ?? body.length);
  return { bytes: body, total, version: told.get("etag") ?? "" };
};
