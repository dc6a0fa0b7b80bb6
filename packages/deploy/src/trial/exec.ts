/**
 * Commands in a pod as the API serves them to kubectl: streams over one WebSocket, each part with the number of its channel in front
 * (https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets). What a command says is a test's.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { JsonObject } from "./fields.ts";

export type Said = { stdout?: Uint8Array; stderr?: string; status?: number };
export type Exec = (pod: JsonObject, command: readonly string[]) => Said;

const PROTOCOL = "v5.channel.k8s.io";
/** RFC 6455, 1.3. */
const ACCEPTS = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const STDOUT = 1;
const STDERR = 2;
const OUTCOME = 3;
const BINARY = 0x82;
const CLOSE = 0x88;
const PART_BYTES = 32_768;

/** RFC 6455, 5.2: a whole message, not masked, for it comes from a server. */
const frame = (kind: number, payload: Uint8Array): Buffer => {
  const head = Buffer.from([kind, payload.length < 126 ? payload.length : 126]);
  const length = Buffer.alloc(payload.length < 126 ? 0 : 2);
  if (length.length > 0) length.writeUInt16BE(payload.length);
  return Buffer.concat([head, length, payload]);
};

const parts = (channel: number, bytes: Uint8Array): Buffer[] => {
  const all: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += PART_BYTES)
    all.push(frame(BINARY, Buffer.concat([Buffer.from([channel]), bytes.subarray(from, from + PART_BYTES)])));
  return all;
};

const outcomeOf = (status: number): object =>
  status === 0
    ? { metadata: {}, status: "Success" }
    : {
        metadata: {},
        status: "Failure",
        reason: "NonZeroExitCode",
        message: `command terminated with non-zero exit code: exit status ${status}`,
        details: { causes: [{ reason: "ExitCode", message: String(status) }] },
      };

export const refuseUpgrade = (socket: Duplex, status: number, body: JsonObject): void => {
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
};

/** Answers a request for a command, all at once. */
export const execAnswer = (request: IncomingMessage, socket: Duplex, { stdout, stderr = "", status = 0 }: Said): void => {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"] ?? ""}${ACCEPTS}`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: ${PROTOCOL}\r\n\r\n`,
  );
  const said = [
    ...parts(STDOUT, stdout ?? new Uint8Array()),
    ...parts(STDERR, Buffer.from(stderr)),
    ...parts(OUTCOME, Buffer.from(JSON.stringify(outcomeOf(status)))),
    // 1000: all is said.
    frame(CLOSE, Buffer.from([0x03, 0xe8])),
  ];
  for (const part of said) socket.write(part);
  // What kubectl says is its own close.
  socket.once("data", () => socket.end());
};
