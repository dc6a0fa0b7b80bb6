/** The transport of the typed client in Node: what stands between us and a server, and fails, becomes a coded error. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { userError, type UserError } from "@touchstone/core/errors";
import type { Received, Transport } from "@touchstone/core/client/transport";
import { pausing } from "./pause.ts";
import { httpReach, type HttpOptions } from "@touchstone/engine/worker/http-reach";

/** Bytes of an answer that is read as a whole: fifty thousand checks are about 40 MB. */
const ANSWER_BYTES_MAX = 256 * 1024 ** 2;

/** What the system's codes mean, for those who meet them: Node's errno names, and those of its TLS. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: "no host has that name",
  EAI_AGAIN: "the name could not be looked up right now",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed in the middle",
  EPIPE: "the connection was closed in the middle",
  ETIMEDOUT: "the connection did not come about in time",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  EPROTO: "what listens there does not speak https",
  ERR_SSL_WRONG_VERSION_NUMBER: "what listens there does not speak https",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "what listens there does not speak https",
  ERR_PROXY_TUNNEL: "the proxy did not let us through",
  HPE_INVALID_CONSTANT: "what listens there does not speak http",
};

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "an authority that is not known here has signed it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "an authority that is not known here has signed it",
  UNABLE_TO_GET_ISSUER_CERT: "an authority that is not known here has signed it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "an authority that is not known here has signed it",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another host",
};

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

class Silence extends Error {}

/** A failure of the network as the user's error; an abort stays what it is. */
const failure = (server: string, thrown: unknown, silenceMs: number): UserError => {
  const code = codeOf(thrown);
  if (thrown instanceof Silence) return userError("SERVER_SILENT", server, Math.round(silenceMs / 1000));
  if (code === "ABORT_ERR") return userError("ABORTED");
  const doubt = UNTRUSTED[code];
  if (doubt !== undefined) return userError("SERVER_UNTRUSTED", server, doubt);
  return userError("SERVER_UNREACHABLE", server, UNREACHABLE[code] ?? `the system reports ${code === "" ? "no reason" : code}`);
};

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
