/** The transport of the typed client in Node: what stands between us and a server, and fails, becomes a coded error. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { userError, type UserError } from "@touchstone/core/errors";
import type { Received, Transport } from "@touchstone/core/client/transport";
import { pausing } from "./pause.ts";
import { networkFailure } from "@touchstone/engine/worker/http-failure";
import { httpReach, type HttpOptions } from "@touchstone/engine/worker/http-reach";

/** Bytes of an answer that is read as a whole: fifty thousand checks are about 40 MB. */
const ANSWER_BYTES_MAX = 256 * 1024 ** 2;

class Silence extends Error {}

const failure = (server: string, thrown: unknown, silenceMs: number): UserError =>
  thrown instanceof Silence ? userError("SERVER_SILENT", server, Math.round(silenceMs / 1000)) : networkFailure(server, thrown);

const partsOf = async function* (response: IncomingMessage, asError: (thrown: unknown) => UserError): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const part of response) {
      const bytes: unknown = part;
      if (bytes instanceof Uint8Array) yield decoder.decode(bytes, { stream: true });
    }
  } catch (thrown) {
    throw asError(thrown);
  }
};

const receivedFrom = (server: string, response: IncomingMessage, asError: (thrown: unknown) => UserError): Received => {
  const parts = partsOf(response, asError);
  return {
    status: response.statusCode ?? 0,
    header: (name) => [response.headers[name] ?? []].flat()[0] ?? null,
    parts,
    text: async () => {
      const texts: string[] = [];
      let length = 0;
      for await (const text of parts) {
        length += text.length;
        if (length > ANSWER_BYTES_MAX) throw userError("SERVER_ANSWER_ODD", server, "it is longer than anything that was asked for");
        texts.push(text);
      }
      return texts.join("");
    },
  };
};

/** Throws OPTION_INVALID for an address or an authority that is none. */
export const httpTransport = (options: HttpOptions): Transport & { server: string } => {
  const { root, request } = httpReach(options);
  return {
    server: root,
    wait: (ms, signal) => (signal === undefined ? sleep(ms) : pausing(signal)(ms)),
    send: ({ method, path, headers, body, silenceMs, signal }) =>
      new Promise((resolve, reject) => {
        const asError = (thrown: unknown) => failure(root, thrown, silenceMs);
        const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) };
        const settings = { method, headers: { ...headers, ...length }, timeout: silenceMs, ...(signal === undefined ? {} : { signal }) };
        const sent: ClientRequest = request(path, settings, (response) => resolve(receivedFrom(root, response, asError)));
        sent.on("timeout", () => sent.destroy(new Silence()));
        sent.on("error", (thrown) => reject(asError(thrown)));
        sent.end(body ?? undefined);
      }),
  };
};
