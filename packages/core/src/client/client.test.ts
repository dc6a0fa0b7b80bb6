/** What the client sends, what it makes of answers, and how long it waits; a transport that is told what to answer stands in for the network. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../errors.ts";
import { anomalies } from "../routes/anomalies.ts";
import { checksAsCode } from "../routes/checks-as-code.ts";
import { datastores } from "../routes/datastores.ts";
import { operations } from "../routes/operations.ts";
import { system } from "../routes/system.ts";
import { allItems, openClient, pathOf } from "./client.ts";
import { eventData } from "./server-events.ts";
import type { Received, Sent, Transport } from "./transport.ts";

type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

const asStream = async function* (parts: readonly string[]): AsyncGenerator<string> {
  yield* parts;
};

const receivedOf = ({ status, body, headers = {} }: Answer): Received => {
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  return { status, header: (name) => headers[name] ?? null, text: async () => text, parts: asStream([text]) };
};

/** A client whose requests are answered one after another, what it sent, and how long it waited. */
const told = (...answers: Answer[]) => {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const transport: Transport = {
    send: async (request) => {
      sent.push(request);
      return receivedOf(answers[Math.min(sent.length, answers.length) - 1]!);
    },
    wait: async (ms) => void waits.push(ms),
  };
  return { client: openClient({ server: "https://q.example", token: "t", transport, agent: "test/1" }), sent, waits };
};

const STATUS = { status: "ok", version: "1", api_version: "1.0", setup_needed: false, now: "2031-01-01T00:00:00Z" };
const problem = (code: string, more: object = {}) => ({ code, what: "What", why: "why", todo: "do", detail: "What: why", ...more });

const refusalOf = async (asking: Promise<unknown>) => {
  try {
    await asking;
  } catch (thrown) {
    assert.ok(thrown instanceof UserError, String(thrown));
    return thrown.info;
  }
  return assert.fail("it was not refused");
};

test("parameters are written as the server reads them", () => {
  const cases: [string, string][] = [
    [pathOf(datastores.get, { params: { id: 7 } }), "/api/datastores/7"],
    [pathOf(datastores.get, { params: { id: "a/b c" } }), "/api/datastores/a%2Fb%20c"],
    [
      pathOf(anomalies.list, { query: { status: ["Active", "Resolved"], page: 2, search: undefined } }),
      "/api/anomalies?status=Active&status=Resolved&page=2",
    ],
    [pathOf(checksAsCode.import, { query: { datastore: 3, dry_run: true } }), "/api/quality-checks/import?datastore=3&dry_run=true"],
    [
      pathOf(operations.list, { query: { start_date: new Date(0), datastore: [] } }),
      "/api/operations?start_date=1970-01-01T00%3A00%3A00.000Z",
    ],
    [pathOf(anomalies.list, { query: { search: "ü&ä=1" } }), "/api/anomalies?search=%C3%BC%26%C3%A4%3D1"],
  ];
  for (const [path, expected] of cases) assert.equal(path, expected);
});

test("what a route takes and gives is known to the compiler", async () => {
  const { client } = told({ status: 200, body: STATUS });
  const { setup_needed } = await client.ask(system.status);
  const isNeeded: boolean = setup_needed;
  assert.equal(isNeeded, false);
  const misuses = () => [
    // @ts-expect-error the parameter is missing
    client.ask(datastores.get),
    // @ts-expect-error a number is expected
    client.ask(datastores.get, { params: { id: "x" } }),
    // @ts-expect-error there is no such status
    client.ask(anomalies.list, { query: { status: ["Lost"] } }),
    // @ts-expect-error the datastore is missing
    client.ask(operations.run, { body: { type: "scan" } }),
    // @ts-expect-error it is no stream
    client.events(system.status),
  ];
  assert.equal(typeof misuses, "function");
});

test("a request says who asks, and a body what it is", async () => {
  const { client, sent } = told({ status: 200, body: { dry_run: true, created: 0, updated: 0, unchanged: 0, failed: 0, items: [] } });
  await client.ask(checksAsCode.import, { query: { datastore: 1 }, body: [{ a: 1 }] });
  const [{ method, headers, body } = assert.fail()] = sent;
  assert.deepEqual([method, body], ["POST", '[{"a":1}]']);
  assert.deepEqual(headers, {
    accept: "application/json",
    "user-agent": "test/1",
    authorization: "Bearer t",
    "content-type": "application/json",
  });
});

test("a refusal is told in the server's words, and never as something else", async () => {
  const cases: { name: string; answer: Answer; code: string; says: RegExp }[] = [
    {
      name: "401",
      answer: { status: 401, body: problem("NOT_SIGNED_IN", { why: "the token has ended" }) },
      code: "LOGIN_NEEDED",
      says: /the token has ended.*touchstone login --server https:\/\/q\.example/s,
    },
    { name: "a wrong password", answer: { status: 401, body: problem("SIGN_IN_FAILED") }, code: "SIGN_IN_FAILED", says: /why/ },
    {
      name: "403",
      answer: { status: 403, body: problem("NOT_ALLOWED", { why: "it needs the role Admin" }) },
      code: "NOT_ALLOWED",
      says: /role Admin/,
    },
    { name: "404", answer: { status: 404, body: problem("OBJECT_UNKNOWN") }, code: "OBJECT_UNKNOWN", says: /What/ },
    { name: "409", answer: { status: 409, body: problem("OBJECT_STATE_WRONG") }, code: "OBJECT_STATE_WRONG", says: /What/ },
    {
      name: "422 with its places",
      answer: {
        status: 422,
        body: problem("REQUEST_INVALID", {
          detail: [
            { loc: ["body", 0, "fields"], msg: "one" },
            { loc: ["body", 1], msg: "two" },
          ],
        }),
      },
      code: "REQUEST_INVALID",
      says: /body\.0\.fields: one\nbody\.1: two/,
    },
    {
      name: "an error of a newer server",
      answer: { status: 409, body: problem("MOON_IS_FULL", { why: "no room" }) },
      code: "SERVER_REFUSED",
      says: /What.*no room.*do/s,
    },
    { name: "a page of a proxy", answer: { status: 403, body: "<html>blocked</html>" }, code: "SERVER_ANSWER_ODD", says: /status 403/ },
    {
      name: "a bug",
      answer: { status: 500, body: problem("INTERNAL", { why: "the log has it under r-1" }) },
      code: "INTERNAL",
      says: /r-1/,
    },
    {
      name: "no JSON",
      answer: { status: 200, body: "<html>hello</html>" },
      code: "SERVER_ANSWER_ODD",
      says: /GET \/status: the answer is not JSON/,
    },
    {
      name: "another program's JSON",
      answer: { status: 200, body: { status: "ok" } },
      code: "SERVER_ANSWER_ODD",
      says: /GET \/status: .*version/s,
    },
    { name: "elsewhere", answer: { status: 302, body: "" }, code: "SERVER_ANSWER_ODD", says: /status 302/ },
  ];
  for (const { name, answer, code, says } of cases) {
    const info = await refusalOf(told(answer).client.ask(system.status));
    assert.equal(info.code, code, name);
    assert.match(`${info.what}\n${info.why}\n${info.todo}`, says, name);
  }
});

test("a limit is waited out as long as the server says, but not for ever; what may pass is tried again", async () => {
  const limit = (seconds?: string): Answer => ({
    status: 429,
    body: problem("TOO_MANY_REQUESTS"),
    ...(seconds === undefined ? {} : { headers: { "retry-after": seconds } }),
  });
  const good: Answer = { status: 200, body: STATUS };
  const gateway: Answer = { status: 502, body: "bad gateway" };
  const cases: { name: string; answers: Answer[]; waits: number[]; code?: string }[] = [
    { name: "as it says", answers: [limit("3"), good], waits: [3000] },
    { name: "it does not say", answers: [limit(), limit(), good], waits: [1000, 2000] },
    { name: "a date", answers: [limit("Wed, 21 Oct 2031 07:28:00 GMT"), good], waits: [1000] },
    { name: "too long", answers: [limit("61")], waits: [], code: "TOO_MANY_REQUESTS" },
    { name: "again and again", answers: [limit("25")], waits: [25_000, 25_000], code: "TOO_MANY_REQUESTS" },
    { name: "a gateway", answers: [gateway, good], waits: [1000] },
    { name: "a gateway that stays", answers: [gateway], waits: [1000, 2000, 4000], code: "SERVER_ANSWER_ODD" },
    { name: "our own 503", answers: [{ status: 503, body: problem("DATAPLANE_ABSENT") }], waits: [], code: "DATAPLANE_ABSENT" },
  ];
  for (const { name, answers, waits, code } of cases) {
    const { client, waits: waited } = told(...answers);
    if (code === undefined) await client.ask(system.status);
    else assert.equal((await refusalOf(client.ask(system.status))).code, code, name);
    assert.deepEqual(waited, waits, name);
  }
  const change = told(gateway);
  await refusalOf(change.client.ask(operations.run, { body: { type: "sync", datastore_id: 1 } }));
  assert.equal(change.sent.length, 1, "a change may have been done: it is not sent again");
});

test("pages are joined, and no more asked for than wanted", async () => {
  const page = (items: number[], pages: number) => ({ items, pages });
  const collect = async (all: AsyncIterable<number>) => {
    const found: number[] = [];
    for await (const one of all) found.push(one);
    return found;
  };
  const asked: { page: number; size: number }[] = [];
  const pages = [page([1, 2], 2), page([3], 2)];
  const ask = async (paging: { page: number; size: number }) => {
    asked.push(paging);
    return pages[paging.page - 1]!;
  };
  assert.deepEqual(await collect(allItems(ask)), [1, 2, 3]);
  assert.deepEqual(await collect(allItems(ask, 2)), [1, 2]);
  assert.deepEqual(await collect(allItems(async () => page([], 0))), []);
  assert.deepEqual(asked, [
    { page: 1, size: 1000 },
    { page: 2, size: 1000 },
    { page: 1, size: 2 },
  ]);
});

test("events are read however their text is cut", async () => {
  const cases: { name: string; parts: string[]; data: string[] }[] = [
    { name: "one", parts: ['data: {"a":1}\n\n'], data: ['{"a":1}'] },
    { name: "cut anywhere", parts: ["da", "ta: a", "b\n", "\nda", "ta: c\n\n"], data: ["ab", "c"] },
    { name: "signs of life", parts: [": still here\n\n", "data: a\n\n", ": still here\n\n"], data: ["a"] },
    { name: "several lines", parts: ["data: a\ndata: b\n\n"], data: ["a\nb"] },
    { name: "other ends of lines", parts: ["data: a\r\n\r\ndata: b\r\rdata: c\r", "\n\r\n"], data: ["a", "b", "c"] },
    { name: "other fields", parts: ["event: x\nid: 1\nretry: 5\ndata:a\n\n"], data: ["a"] },
    { name: "an empty one", parts: ["data\n\n"], data: [""] },
    { name: "unfinished", parts: ["data: a\n\ndata: b\n"], data: ["a"] },
    { name: "nothing", parts: [], data: [] },
  ];
  for (const { name, parts, data } of cases) {
    const found: string[] = [];
    for await (const one of eventData(asStream(parts))) found.push(one);
    assert.deepEqual(found, data, name);
  }
});
