import assert from "node:assert/strict";
import { test } from "node:test";
import { problem, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import { judgeClocks, judgeIssuer, judgeName, judgeTls, lookFromInside, ofRelease } from "./in-cluster.ts";

const reached = (stopped: Reached["stopped"], reason: string | null = null): Reached => ({
  kind: "https",
  to: "https://login.example.org",
  stopped,
  reason,
  addresses: ["192.0.2.1"],
  milliseconds: 1,
  aheadSeconds: null,
  store: null,
});
const ground = { serverVersion: 150_007, mayCreateSchemas: true, mayCreateTables: true, hasTrigrams: true, isStandby: false };
const name = (stopped: Reached["stopped"], reason?: string) => judgeName("https://quality.example.org", reached(stopped, reason ?? null));
const clocks = (...seconds: (number | null)[]) =>
  judgeClocks(seconds.map((aheadSeconds, index) => ({ of: `host ${index}`, aheadSeconds })))[0];

const CASES: readonly { what: string; finding: () => Finding | undefined; state: Finding["state"]; says: RegExp }[] = [
  { what: "a name that leads here", finding: () => name(null), state: "ok", says: /leads here/ },
  { what: "a name that is not known", finding: () => name("name", "no such host is known"), state: "note", says: /from inside/ },
  { what: "a name out of reach", finding: () => name("connection", "no answer came in time"), state: "note", says: /192\.0\.2\.1/ },
  {
    what: "a certificate of another name",
    finding: () => name("certificate", "its certificate is for another name"),
    state: "problem",
    says: /another name/,
  },
  {
    what: "a certificate of one's own authority",
    finding: () => name("certificate", "its certificate comes from an authority that is not trusted"),
    state: "note",
    says: /not trusted/,
  },
  { what: "an ingress that leads elsewhere", finding: () => name("answer", "it answers 404"), state: "problem", says: /404/ },
  { what: "a provider that answers", finding: () => judgeIssuer("corp", reached(null)), state: "ok", says: /corp/ },
  {
    what: "a provider out of reach",
    finding: () => judgeIssuer("corp", reached("connection", "no answer came in time")),
    state: "problem",
    says: /corp at/,
  },
  { what: "a store over TLS", finding: () => judgeTls({ ...ground, tls: "TLSv1.3" }), state: "ok", says: /TLSv1\.3/ },
  { what: "a store in the clear", finding: () => judgeTls({ ...ground, tls: null }), state: "note", says: /not encrypted/ },
  { what: "clocks that agree", finding: () => clocks(0, -2), state: "ok", says: /host 0, host 1/ },
  { what: "a clock that drifts", finding: () => clocks(0, -9), state: "note", says: /host 1 is 9 seconds behind/ },
  { what: "a clock that is wrong", finding: () => clocks(31), state: "problem", says: /host 0 is 31 seconds ahead/ },
  { what: "no clock at all", finding: () => clocks(null), state: "unseen", says: /tells the time/ },
];

for (const { what, finding, state, says } of CASES)
  test(what, () => {
    const found = finding() ?? assert.fail();
    assert.equal(found.state, state);
    assert.match(found.found, says);
    if (state === "problem" || state === "note") assert.notEqual(found.todo ?? "", "");
  });

test("the work of an installation fails no release", () => {
  const told = ofRelease(["store", "queue", "dataplanes", "secrets"].map((subject) => problem(subject, "found", "needs", "todo")));
  assert.deepEqual(
    told.map(({ state, subject }) => `${state} ${subject}`),
    ["problem store", "note queue", "note dataplanes"],
  );
});

test("with nothing to look at, nothing is called good", async () => {
  const findings = await lookFromInside({});
  assert.deepEqual(
    findings.map(({ state, subject }) => `${state} ${subject}`),
    ["ok settings", "unseen api", "unseen store", "unseen name", "unseen clock"],
  );
});

test("what the chart tells the check of helm test is not taken for a slip", async () => {
  const findings = await lookFromInside({
    TOUCHSTONE_SERVER: "https://localhost:9",
    TOUCHSTONE_SERVER_AUTHORITY: "/etc/touchstone/internal-tls/ca.crt",
  });
  assert.deepEqual(
    findings.filter(({ subject }) => subject === "settings").map(({ state }) => state),
    ["ok"],
  );
});

test("a store that is not there is a problem, and its password stays where it is", async () => {
  const findings = await lookFromInside({
    DATABASE_URL: "postgres://touchstone:hidden@127.0.0.1:1/touchstone",
    TOUCHSTONE_SERVER: "http://127.0.0.1:9",
  });
  const problems = findings.filter(({ state }) => state === "problem").map(({ subject }) => subject);
  assert.deepEqual(problems, ["api", "store"]);
  assert.ok(!JSON.stringify(findings).includes("hidden"));
});
