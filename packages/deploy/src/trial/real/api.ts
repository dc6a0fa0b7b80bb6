/** Requests to a real API server, as the master of the cluster: what a test's nodes do, and what looks at all that happens. */
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { JsonObject, type Json } from "../fields.ts";
import { mapOf, metadataOf, textIn, type ChangeType } from "../objects.ts";

export const MASTER = "trial-master";

export type Answered = { status: number; body: JsonObject };
export type Api = {
  ask: (method: string, path: string, body?: JsonObject, type?: string) => Promise<Answered>;
  /** As `ask`, and throws what the server says. */
  good: (method: string, path: string, body?: JsonObject, type?: string) => Promise<JsonObject>;
  /** Tells every object below a path, and every change of one, until the API is closed. Resolves once all that is there was told. */
  follow: (path: string, tell: (type: ChangeType, object: JsonObject) => void) => Promise<void>;
  close: () => void;
};

const authorization = `Bearer ${MASTER}`;
/** A watch that ended begins anew after this. */
const AGAIN_MS = 100;
const ANSWER_MS = 30_000;
export const MERGE_PATCH = "application/merge-patch+json";

/** What stands in a stream of lines, object by object. */
const eachLine = (onLine: (line: JsonObject) => void): ((part: string) => void) => {
  let rest = "";
  return (part) => {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(JsonObject.parse(JSON.parse(line)));
  };
};

const itemsIn = (list: JsonObject): JsonObject[] => (Array.isArray(list["items"]) ? list["items"].map((item: Json) => mapOf(item)) : []);
const uidOf = (object: JsonObject): string => textIn(metadataOf(object), "uid") ?? "";

const CHANGES: readonly ChangeType[] = ["ADDED", "MODIFIED", "DELETED"];

/** Where a server is, and who signed its certificate. */
export type Where = { host: string; port: number; authority: string };

type Wanted = { where: Where; path: string; signal: AbortSignal };

/** One request and its answer. Rejects where there is none. */
const asked = (
  { where: { host, port }, path, signal }: Wanted,
  agent: Agent,
  method: string,
  body: JsonObject | undefined,
  type: string,
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const content = body === undefined ? null : Buffer.from(JSON.stringify(body));
    // The length is said: Node sends the body of a DELETE without it, and a server then sees none.
    const headers = { authorization, ...(content === null ? {} : { "content-type": type, "content-length": content.length }) };
    const sent = request({ host, port, agent, method, path, headers, timeout: ANSWER_MS, signal }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve({ status: response.statusCode ?? 0, body: text.startsWith("{") ? JsonObject.parse(JSON.parse(text)) : { text } });
      });
    });
    sent.once("timeout", () => sent.destroy(new Error(`${method} ${path} was not answered`)));
    sent.once("error", reject);
    sent.end(content ?? undefined);
  });

/** Tells lines until the server has had enough. */
const watched = ({ where: { host, port, authority }, path, signal }: Wanted, onLine: (line: JsonObject) => void): Promise<void> =>
  new Promise((resolve) => {
    const sent = request({ host, port, path, headers: { authorization }, signal, agent: new Agent({ ca: authority }) }, (response) => {
      response.setEncoding("utf8");
      response.on("data", eachLine(onLine));
      response.once("close", resolve);
    });
    sent.once("error", () => resolve());
    sent.end();
  });

export const openApi = (where: Where): Api => {
  const agent = new Agent({ keepAlive: true, ca: where.authority });
  const closing = new AbortController();
  const { signal } = closing;
  const ask: Api["ask"] = (method, path, body, type = "application/json") => asked({ where, path, signal }, agent, method, body, type);
  const good: Api["good"] = async (...wanted) => {
    const { status, body } = await ask(...wanted);
    if (status >= 300) throw new Error(`${wanted[0]} ${wanted[1]}: ${textIn(body, "message") ?? JSON.stringify(body)}`);
    return body;
  };

  const follow: Api["follow"] = async (path, tell) => {
    const known = new Map<string, JsonObject>();
    const take = (type: ChangeType, object: JsonObject): void => {
      if (type === "DELETED") known.delete(uidOf(object));
      else known.set(uidOf(object), object);
      tell(type, object);
    };
    const list = async (): Promise<string> => {
      const body = await good("GET", path);
      const items = itemsIn(body);
      const there = new Set(items.map(uidOf));
      for (const [uid, object] of known) if (!there.has(uid)) take("DELETED", object);
      for (const item of items) take(known.has(uidOf(item)) ? "MODIFIED" : "ADDED", item);
      return textIn(metadataOf(body), "resourceVersion") ?? "0";
    };
    const go = async (from: string): Promise<void> => {
      for (let version = from; !signal.aborted; version = await list().catch(() => version)) {
        await watched({ where, path: `${path}?watch=1&resourceVersion=${version}`, signal }, ({ type, object }) => {
          const change = CHANGES.find((one) => one === type);
          if (change !== undefined) take(change, mapOf(object));
        });
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    };
    void go(await list());
  };

  return {
    ask,
    good,
    follow,
    close: () => {
      closing.abort();
      agent.destroy();
    },
  };
};
