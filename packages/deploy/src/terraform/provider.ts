/**
 * A provider that knows its schema and does nothing: with it `terraform validate` and `terraform test` (over mocked providers) run without the
 * real one, which weighs hundreds of megabytes and comes from the internet. Typing errors, missing arguments and wrong types are found all the same;
 * what only the real provider checks, such as allowed values, the templates check by validations of their own. What it is told to make it
 * says it has made, so that a root can be carried out beside one whose provider is real.
 *
 * It speaks gRPC over a local socket, which Terraform is told by TF_REATTACH_PROVIDERS.
 */
import { createServer, type ServerHttp2Stream } from "node:http2";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appliedAsPlanned, plannedAsProposed, sameState, schemaResponse, stillThere } from "./messages.ts";
import type { ProviderSchema } from "./schema.ts";

const PROTOCOL_VERSION = 5;
/** A byte that says "not compressed", and four of length, before each message. */
const FRAME_BYTES = 5;
const UNIMPLEMENTED = 12;

const framed = (message: Buffer): Buffer => {
  const head = Buffer.alloc(FRAME_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** What answers a call; `null` for one that is not known. */
const answerTo = (call: string, request: Buffer, schema: Buffer): Buffer | null => {
  switch (call) {
    case "/tfplugin5.Provider/GetSchema":
      return schema;
    // The configuration is taken as it is; it has the same place in the request and in the answer.
    case "/tfplugin5.Provider/PrepareProviderConfig":
      return request;
    case "/tfplugin5.Provider/UpgradeResourceState":
      return sameState(request);
    case "/tfplugin5.Provider/ReadResource":
      return stillThere(request);
    case "/tfplugin5.Provider/PlanResourceChange":
      return plannedAsProposed(request);
    case "/tfplugin5.Provider/ApplyResourceChange":
      return appliedAsPlanned(request);
    case "/tfplugin5.Provider/ValidateResourceTypeConfig":
    case "/tfplugin5.Provider/ValidateDataSourceConfig":
    case "/tfplugin5.Provider/Configure":
    case "/tfplugin5.Provider/Stop":
      return Buffer.alloc(0);
    default:
      return null;
  }
};

const answer = (stream: ServerHttp2Stream, call: string, request: Buffer, schema: Buffer): void => {
  if (stream.destroyed) return;
  const message = answerTo(call, request, schema);
  const status = message === null ? UNIMPLEMENTED : 0;
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status) }));
  stream.end(message === null ? undefined : framed(message));
};

export type Served = {
  /** What Terraform is told of it. */
  reattach: Record<string, unknown>;
  close: () => Promise<void>;
};

/** Serves one provider until it is closed. */
export const serveProvider = async (schema: ProviderSchema): Promise<Served> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-provider-"));
  const socket = join(folder, "socket");
  const response = schemaResponse(schema);
  const server = createServer();
  const sessions = new Set<{ destroy: () => void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on("error", () => stream.destroy());
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => answer(stream, String(headers[":path"]), Buffer.concat(parts).subarray(FRAME_BYTES), response));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    reattach: {
      Protocol: "grpc",
      ProtocolVersion: PROTOCOL_VERSION,
      Pid: process.pid,
      Test: true,
      Addr: { Network: "unix", String: socket },
    },
    close: async () => {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
    },
  };
};
