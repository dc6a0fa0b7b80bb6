/** A person who comes by the entrance, as from outside: by name and https, to the one address that leads in. */
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { FQDN } from "./product.ts";

const ANSWER_MS = 20_000;
const PAUSE_MS = 100;

export type Answer = { status: number; body: unknown };
export type Caller = {
  /** Rejects where there is no answer. */
  ask: (path: string, body?: object) => Promise<Answer>;
  /** As `ask`, and throws for anything but an answer of the kind it should be. */
  got: <T>(shape: z.ZodType<T>, path: string, body?: object) => Promise<T>;
  as: (token: string) => Caller;
};

export const callerAt = (address: string, authority: string, token: string | null = null): Caller => {
  const ask: Caller["ask"] = (path, body) =>
    new Promise((resolve, reject) => {
      const headers = {
        host: FQDN,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      const method = body === undefined ? "GET" : "POST";
      const where = { host: address, port: 443, servername: FQDN, ca: authority, agent: false, timeout: ANSWER_MS };
      const sent = request({ ...where, method, path: `/api${path}`, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.once("error", reject);
        response.once("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          resolve({ status: response.statusCode ?? 0, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text });
        });
      });
      sent.once("timeout", () => sent.destroy(new Error(`${path} was not answered`)));
      sent.once("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    ask,
    got: async (shape, path, body) => {
      const answer = await ask(path, body);
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return shape.parse(answer.body);
    },
    as: (other) => callerAt(address, authority, other),
  };
};

export type Count = { asked: number; lost: string[] };

/** Asks one thing after the other, on each path, until it is told to stop; what was not answered with 200 is lost. */
export const askOn = (caller: Caller, paths: readonly string[]): (() => Promise<Count>) => {
  const count: Count = { asked: 0, lost: [] };
  const stopping = new AbortController();
  const asking = paths.map(async (path) => {
    while (!stopping.signal.aborted) {
      const said = await caller.ask(path).then(
        ({ status }) => String(status),
        (thrown: unknown) => String(thrown),
      );
      count.asked++;
      if (said !== "200") count.lost.push(`${path}: ${said}`);
      await sleep(PAUSE_MS);
    }
  });
  return async () => {
    stopping.abort();
    await Promise.all(asking);
    return count;
  };
};
