/** Logins that are waited for, and operations that are watched, over lines that break; a transport that is told what to answer stands in for the network. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openClient } from "@touchstone/core/client/client";
import type { Received, Transport } from "@touchstone/core/client/transport";
import { UserError, userError } from "@touchstone/core/errors";
import { deviceLogin } from "./device-login.ts";
import { watchOperation } from "./watch-operation.ts";

/** What is answered to a path: a body, events, a failure. */
type Answer = { body: unknown } | { events: unknown[]; breaks?: true } | "unreachable";

const stream = async function* (events: readonly unknown[], breaks: boolean): AsyncGenerator<string> {
  for (const event of events) yield `data: ${JSON.stringify(event)}\n\n`;
  if (breaks) throw userError("SERVER_UNREACHABLE", "server", "the connection was closed in the middle");
};

const receivedOf = (answer: Exclude<Answer, string>): Received => {
  const text = "body" in answer ? JSON.stringify(answer.body) : "";
  return {
    status: 200,
    header: (name) => (name === "content-type" ? ("events" in answer ? "text/event-stream" : "application/json") : null),
    text: async () => text,
    parts: "events" in answer ? stream(answer.events, answer.breaks ?? false) : stream([], false),
  };
};

/** Answers by the end of the path, one after another, the last one for ever. */
const told = (answers: Record<string, Answer[]>) => {
  const asked: string[] = [];
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  const transport: Transport = {
    wait,
    send: async ({ path }) => {
      const end = path.slice(path.lastIndexOf("/") + 1);
      asked.push(end);
      const list = answers[end] ?? assert.fail(`nobody expected ${path}`);
      const answer = list.length > 1 ? list.shift()! : list[0]!;
      if (answer === "unreachable") throw userError("SERVER_UNREACHABLE", "server", "nothing listens there");
      return receivedOf(answer);
    },
  };
  return { client: openClient({ server: "http://s", token: null, transport, agent: "test" }), asked, waits, wait };
};

const codeOf = (thrown: unknown): string => (thrown instanceof UserError ? `${thrown.info.code} ${thrown.info.why}` : String(thrown));

const BEGUN = {
  device_code: "d",
  user_code: "BCDF-GHJK",
  verification_uri: "http://s/device",
  verification_uri_complete: "http://s/device?user_code=BCDF-GHJK",
  expires_in: 60,
  interval: 5,
};
const APPROVED = { status: "approved", token: "t", expires_at: "2031-01-01T00:00:00Z" };

test("a login waits as long as it is told to, over a line that breaks, and ends when somebody decided", async () => {
  const status = (...names: string[]): Answer[] =>
    names.map((name) => (name === "unreachable" ? name : { body: name === "approved" ? APPROVED : { status: name } }));
  const cases: { name: string; polls: string[]; waits: number[]; ends: string }[] = [
    { name: "approved at once", polls: ["approved"], waits: [5], ends: "t" },
    { name: "approved later", polls: ["pending", "pending", "approved"], waits: [5, 5, 5], ends: "t" },
    { name: "asked to be slower", polls: ["slow_down", "pending", "approved"], waits: [5, 10, 10], ends: "t" },
    { name: "a line that breaks", polls: ["unreachable", "approved"], waits: [5, 10], ends: "t" },
    { name: "denied", polls: ["pending", "denied"], waits: [5, 5], ends: "LOGIN_ENDED it was denied in the browser" },
    { name: "expired", polls: ["expired"], waits: [5], ends: "LOGIN_ENDED its code has expired" },
    { name: "nobody comes", polls: ["pending"], waits: Array.from({ length: 12 }, () => 5), ends: "LOGIN_ENDED its code has expired" },
  ];
  for (const { name, polls, waits, ends } of cases) {
    const { client, wait, waits: waited } = told({ device: [{ body: BEGUN }], token: status(...polls) });
    const codes: string[] = [];
    const login = deviceLogin(client, { clientName: "test", days: 1, wait, onCode: ({ code }) => void codes.push(code) });
    assert.equal(await login.then(({ token }) => token, codeOf), ends, name);
    assert.deepEqual(
      waited,
      waits.map((seconds) => seconds * 1000),
      name,
    );
    assert.deepEqual(codes, ["BCDF-GHJK"], name);
  }
});

const state = (result: string, fraction = 0) => ({
  id: 7,
  type: "scan",
  datastore: { id: 1, name: "d" },
  datastore_id: 1,
  result,
  message: null,
  created: "2031-01-01T00:00:00Z",
  start_time: null,
  end_time: result === "success" ? "2031-01-01T00:01:00Z" : null,
  triggered_by: null,
  schedule: null,
  options: {},
  status: {},
  progress: { container: "c", phase: "scan", fraction },
  abort_requested: false,
});

test("an operation is watched to its end: by events, taken up again, or by asking where none come", async () => {
  const [queued, running, done] = [state("queued"), state("running", 0.5), state("success", 1)];
  const cases: { name: string; events: Answer[]; asks?: Answer[]; seen: string[]; asked: string[] }[] = [
    { name: "one stream", events: [{ events: [queued, running, done] }], seen: ["queued", "running", "success"], asked: ["events"] },
    {
      name: "a stream that breaks",
      events: [{ events: [queued], breaks: true }, { events: [running] }, "unreachable", { events: [done] }],
      seen: ["queued", "running", "success"],
      asked: ["events", "events", "events", "events"],
    },
    {
      name: "no events come through",
      events: [{ body: "<html>" }],
      asks: [{ body: running }, "unreachable", { body: done }],
      seen: ["running", "success"],
      asked: ["events", "events", "events", "7", "7", "7"],
    },
  ];
  for (const { name, events, asks = [], seen, asked } of cases) {
    const { client, wait, asked: sent } = told({ events, 7: asks });
    const states: string[] = [];
    const last = await watchOperation(client, 7, { wait, onState: ({ result }) => void states.push(result) });
    assert.equal(last.result, "success", name);
    assert.deepEqual(states, seen, name);
    assert.deepEqual(sent, asked, name);
  }
});

test("a server that stays away is given up after minutes", async () => {
  const { client, wait, waits } = told({ events: ["unreachable"], 7: ["unreachable"] });
  assert.match(await watchOperation(client, 7, { wait, onState: () => undefined }).then(String, codeOf), /^SERVER_UNREACHABLE/);
  const waited = waits.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited > 120_000 && waited < 600_000, String(waited));
});
