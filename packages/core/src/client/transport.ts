/** How a client reaches a server: the edge of `client.ts`, one for Node and one for browsers. */
import type { Method } from "../routes/contract.ts";

export type Sent = {
  method: Method;
  /** From `/api` on, with what stands after the `?`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
  /** How long the server may say nothing. */
  silenceMs: number;
  signal?: AbortSignal | undefined;
};

export type Received = {
  status: number;
  /** By its name in small letters. */
  header: (name: string) => string | null;
  text: () => Promise<string>;
  /** The body as it comes in, for events. */
  parts: AsyncIterable<string>;
};

export type Transport = {
  /** Throws a UserError when there is no answer: SERVER_UNREACHABLE, SERVER_SILENT, SERVER_UNTRUSTED. */
  send: (sent: Sent) => Promise<Received>;
  /** Rejects when the signal is aborted. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
};
