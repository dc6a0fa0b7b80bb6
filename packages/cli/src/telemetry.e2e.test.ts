/**
 * Telemetry against a real receiver on this machine: one trace from the request that starts an operation through the dataplane and back
 * into the store, durations, and none of the secrets, texts and rows that were at hand.
 */
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { z } from "zod";
import { httpSend } from "@touchstone/engine/worker/http-send";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { readConfig } from "@touchstone/server/config";
import { start, type Started } from "@touchstone/server/start";
import { layStore } from "@touchstone/server/trial/store";
import { openTelemetry } from "./telemetry.ts";

const CANARY = "zq9canary";
const folder = mkdtempSync(join(tmpdir(), "touchstone-telemetry-"));

/** What the receiver got, by path. */
const received: { path: string; type: string; body: string }[] = [];
let receiver: Server;
let started: Started;
let token: string;

const Value = z.object({ stringValue: z.string().optional(), intValue: z.union([z.string(), z.number()]).optional() });
const Attributes = z.array(z.object({ key: z.string(), value: Value }));
const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  attributes: Attributes.default([]),
  status: z.object({ code: z.number().optional() }).optional(),
});
const Spans = z.object({
  resourceSpans: z.array(
    z.object({ resource: z.object({ attributes: Attributes }), scopeSpans: z.array(z.object({ spans: z.array(Span) })) }),
  ),
});
type Told = z.infer<typeof Span> & { service: string; has: Record<string, string | number> };

const valuesOf = (attributes: z.infer<typeof Attributes>): Record<string, string | number> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));

const toldSpans = (): Told[] =>
  received
    .filter(({ path }) => path === "/v1/traces")
    .flatMap(({ body }) => Spans.parse(JSON.parse(body)).resourceSpans)
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({ ...span, service: String(valuesOf(resource.attributes)["service.name"]), has: valuesOf(span.attributes) })),
      ),
    );

const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${started.url}/api${path}`, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return z.looseObject({ id: z.number().optional(), result: z.string().optional() }).parse(await answer.json());
};

const ended = async (id: number | undefined): Promise<string | undefined> => {
  for (;;) {
    const { result } = await ask("GET", `/operations/${id}`);
    if (result !== "queued" && result !== "running") return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const CAUSE = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };
let operation: number | undefined;

before(async () => {
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ path: request.url ?? "", type: request.headers["content-type"] ?? "", body });
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const onError = (message: string): void => assert.fail(message);
  const server = await openTelemetry({ service: "touchstone", version: "1", onError });
  const dataplane = await openTelemetry({ service: "touchstone-dataplane", version: "1", onError });
  await layStore(join(folder, "data"));
  const config = readConfig({ port: "0", data: join(folder, "data"), log_level: "silent" }, {});
  started = await start({ config, version: "1", tracing: server.tracing });
  const stop = new AbortController();
  const running = runDataplane({
    send: httpSend({ server: started.url, environment: {} }),
    code: await started.inviteDataplane("apart"),
    version: "1",
    tracing: dataplane.tracing,
    signal: stop.signal,
    questions: 1,
    settings: { threads: 1 },
  });
  await walk();
  stop.abort();
  await running;
  await started.stop();
  await Promise.all([server.close(), dataplane.close()]);
});
after(() => {
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a person does, with a canary wherever something could be told that must not be. */
const walk = async (): Promise<void> => {
  writeFileSync(
    join(folder, `${CANARY}_file.csv`),
    `id,${CANARY}_field\n${Array.from({ length: 9 }, (_, i) => `${i},${CANARY}-${i}\n`).join("")}`,
  );
  const person = { code: started.setupCode, email: `${CANARY}@example.org`, name: CANARY, password: `${CANARY} password` };
  const made = await fetch(`${started.url}/api/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(person),
  });
  token = z.object({ token: z.string() }).parse(await made.json()).token;
  await ask("POST", "/connections", { name: `${CANARY} secret`, type: "postgresql", host: CANARY, username: CANARY, password: CANARY });
  const connection = await ask("POST", "/connections", { name: CANARY, type: "files", uri: folder });
  const datastore = await ask("POST", "/datastores", { name: CANARY, connection_id: connection.id, root_path: "/", trigger_sync: false });
  assert.equal(await ended((await ask("POST", "/operations/run", { type: "sync", datastore_id: datastore.id })).id), "success");
  const cause = { traceparent: `00-${CAUSE.trace}-${CAUSE.span}-01` };
  ({ id: operation } = await ask("POST", "/operations/run", { type: "profile", datastore_id: datastore.id }, cause));
  assert.equal(await ended(operation), "success");
  await ask("GET", `/anomalies?search=${CANARY}`);
  await ask("GET", `/containers?name=${CANARY}`, undefined, { traceparent: "nonsense" });
  await ask("GET", "/anomalies/999999");
};

test("one trace leads from the request to the work of the dataplane, and back into the store", () => {
  const inTrace = toldSpans().filter(({ traceId }) => traceId === CAUSE.trace);
  const find = (name: string): Told => inTrace.find((span) => span.name === name) ?? assert.fail(`no span ${name} in the trace`);
  const asked = find("POST /api/operations/run");
  assert.deepEqual(
    [asked.parentSpanId, asked.service, asked.kind, asked.has["http.response.status_code"]],
    [CAUSE.span, "touchstone", 2, 201],
  );
  const worked = find("operation profile");
  assert.deepEqual([worked.service, worked.parentSpanId, worked.kind], ["touchstone-dataplane", asked.spanId, 5]);
  assert.deepEqual([worked.has["touchstone.operation.id"], worked.has["touchstone.ended"]], [operation, "complete"]);
  for (const verb of ["open", "results", "complete"]) {
    const said = find(`POST /api/dataplane/work/{id}/${verb}`);
    assert.deepEqual([said.service, said.parentSpanId], ["touchstone", worked.spanId], verb);
  }
  const query = inTrace.find(({ name, parentSpanId }) => name === "INSERT operation" && parentSpanId === asked.spanId);
  assert.deepEqual(query?.has, { "db.system.name": "postgresql", "db.operation.name": "INSERT", "db.collection.name": "operation" });
});

test("what does not come from elsewhere begins a trace; refusals are told by their status", () => {
  const spans = toldSpans();
  const named = spans.find(({ name }) => name === "GET /api/containers");
  assert.ok(named !== undefined && named.parentSpanId === undefined && named.traceId !== CAUSE.trace);
  const missing = spans.find(({ name }) => name === "GET /api/anomalies/{id}");
  assert.equal(missing?.has["http.response.status_code"], 404);
  assert.ok(!spans.some(({ name }) => name.endsWith("/dataplane/claim")), "waiting is not told");
});

test("durations of requests, of queries and of work are told", () => {
  const metrics = received.filter(({ path }) => path === "/v1/metrics").map(({ body }) => body);
  for (const name of ["http.server.request.duration", "db.client.operation.duration", "touchstone.work.duration"])
    assert.ok(
      metrics.some((body) => body.includes(`"name":"${name}"`)),
      name,
    );
});

test("no secret, no text of a user, no name and no row is told", () => {
  const all = received.map(({ body }) => body).join("\n");
  assert.ok(all.length > 10_000, "there was something to look through");
  for (const secret of [CANARY, token, folder, started.setupCode ?? "?", "example.org"]) assert.ok(!all.includes(secret), secret);
  assert.ok(received.every(({ type }) => type === "application/json"));
});

test("nothing of it is loaded where nobody listens: one file knows the packages, and it is asked for when it is needed", async () => {
  const sources = globSync(join(import.meta.dirname, "../../*/src/**/*.ts")).filter((file) => !file.endsWith(".test.ts"));
  const knowing = sources.filter((file) => /from "@opentelemetry\//.test(readFileSync(file, "utf8")));
  assert.deepEqual(
    knowing.map((file) => file.slice(-"cli/src/otlp.ts".length)),
    ["cli/src/otlp.ts"],
  );
  const asking = sources.filter((file) => /from "\.{1,2}\/otlp\.ts"/.test(readFileSync(file, "utf8")));
  assert.deepEqual(asking, []);
  process.env["OTEL_SDK_DISABLED"] = "true";
  const count = received.length;
  const { tracing, close } = await openTelemetry({ service: "touchstone", version: "1", onError: assert.fail });
  assert.equal(await tracing.within({ name: "x", kind: "internal", attributes: {} }, async () => tracing.current()), null);
  await close();
  assert.equal(received.length, count);
  delete process.env["OTEL_SDK_DISABLED"];
  process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
  await assert.rejects(openTelemetry({ service: "touchstone", version: "1", onError: assert.fail }), /OTLP is spoken over HTTP only/);
});
