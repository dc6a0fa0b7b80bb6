/** What an answer from outside means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressFinding, type Reply } from "./verify.ts";

const check = (reply: Reply, state: string, found: RegExp): void =>
  void test(JSON.stringify(reply), () => {
    const finding = addressFinding("quality.example.org", reply);
    assert.equal(finding.state, state);
    assert.match(finding.found, found);
  });

check({ kind: "unresolved" }, "unseen", /does not resolve/);
check({ kind: "status", status: 200 }, "ok", /answers/);
check({ kind: "status", status: 404 }, "problem", /404/);
check({ kind: "status", status: 503 }, "problem", /503/);
check({ kind: "failed", reason: "certificate has expired" }, "problem", /certificate has expired/);
