/**
 * For tests: the line between dataplanes and a control plane, as a proxy that can be cut at one message. What is cut before is never
 * heard, what is cut half is heard in part, and of what is cut after the answer is lost.
 */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type Cut = {
  /** Last step of the path: claim, progress, open, results, complete. */
  message: string;
  when: "before" | "half" | "after";
};

export type Wire = {
  url: string;
  /** Cuts the line at the next such message, does something while both ends wait, and hangs up. */
  cut: (cut: Cut, act: () => Promise<void>) => Promise<void>;
  stop: () => Promise<void>;
};

type Armed = Cut & { act: () => Promise<void>; done: () => void; failed: (thrown: unknown) => void };
type Answer = { status: number; headers: IncomingMessage["headers"]; body: Buffer };

/** Until half of a message has surely come to the other end. */
const HALF_MS = 100;

/** An empty claim is no step of any work. */
const isEmptyClaim = ({ message }: Cut, answer: Answer): boolean =>
  message === "claim" && (answer.status !== 200 || answer.body.includes('"work":null'));

const forward = (target: string, from: IncomingMessage, body: Buffer, hungUp: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { host: _, ...headers } = from.headers;
    const to = ask(new URL(from.url ?? "/", target), { method: from.method, headers, signal: hungUp }, (response) => {
      buffer(response).then((read) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: read }), reject);
    });
    to.on("error", reject);
    to.end(body);
  });

/** Sends half of a message, and hangs up when the work is done. */
const sendHalf = async (target: string, from: IncomingMessage, body: Buffer, act: () => Promise<void>): Promise<void> => {
  const { host: _, ...headers } = from.headers;
  const to = ask(new URL(from.url ?? "/", target), { method: from.method, headers });
  to.on("error", () => undefined);
  to.write(body.subarray(0, Math.floor(body.length / 2)));
  await new Promise((resolve) => setTimeout(resolve, HALF_MS));
  await act();
  to.destroy();
};

const reply = (response: ServerResponse, { status, headers, body }: Answer): void => {
  const { "transfer-encoding": _, connection: __, ...kept } = headers;
  response.writeHead(status, { ...kept, "content-length": body.length }).end(body);
};

/** Opens a line; `target` is where the control plane is at the moment. */
export const openWire = async (target: () => string): Promise<Wire> => {
  let armed: Armed | null = null;
  /** The cut that is meant, when this is its message and this its moment. */
  const take = (from: IncomingMessage, isAnswered: boolean): Armed | null => {
    const message = (from.url ?? "").split("/").at(-1);
    return armed !== null && armed.message === message && (armed.when === "after") === isAnswered ? armed : null;
  };
  const hangUp = async (cut: Armed, response: ServerResponse, act: () => Promise<void>): Promise<void> => {
    armed = null;
    await act().then(cut.done, cut.failed);
    response.destroy();
  };
  const carry = async (from: IncomingMessage, response: ServerResponse): Promise<void> => {
    const hungUp = new AbortController();
    response.on("close", () => hungUp.abort());
    const body = await buffer(from);
    const before = take(from, false);
    if (before !== null)
      return hangUp(before, response, () => (before.when === "half" ? sendHalf(target(), from, body, before.act) : before.act()));
    const answer = await forward(target(), from, body, hungUp.signal);
    // Asked only now: a poll that is answered may have been waiting since before the cut was meant.
    const after = take(from, true);
    if (after === null || isEmptyClaim(after, answer)) return reply(response, answer);
    return hangUp(after, response, after.act);
  };
  const server = createServer((from, response) => void carry(from, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: (cut, act) => new Promise((done, failed) => (armed = { ...cut, act, done, failed })),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
