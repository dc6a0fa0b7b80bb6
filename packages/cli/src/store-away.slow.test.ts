/** A control plane whose store goes away: callers are told to come back, and the process still stops when it is told to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverBinaries, startServer } from "@touchstone/engine/enrichment/postgres-ground";
import { newKey } from "@touchstone/server/auth/seal";
import { spawnTouchstone } from "./terminal-ground.ts";

const binaries = serverBinaries();

test("while the store is away", { skip: binaries === null ? "no Postgres server on this machine" : false }, async () => {
  const server = await startServer(binaries!);
  const env = {
    DATABASE_URL: server.url(),
    TOUCHSTONE_SECRET_KEYS: newKey("k1"),
    TOUCHSTONE_TOKEN_KEY: Buffer.alloc(32, 7).toString("base64"),
  };
  const { child, ended } = spawnTouchstone(["start", "--port", "0", "--no-dataplane"], { env });
  const url = await new Promise<string>((resolve) =>
    child.stdout?.on("data", (text: string) => {
      const found = /answers at (\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    }),
  );
  try {
    assert.equal((await fetch(`${url}/api/status`)).status, 200);
    await server.stop();
    const answer = await fetch(`${url}/api/status`);
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"]);
    assert.equal(((await answer.json()) as { code: string }).code, "STORE_AWAY");
    assert.equal((await fetch(`${url}/api/health`)).status, 200, "what needs no store is answered");
  } finally {
    child.kill("SIGTERM");
  }
  const { err, out } = await ended;
  assert.doesNotMatch(err, /INTERNAL/);
  assert.match(out, /the control plane has stopped/);
  assert.doesNotMatch(out, /\[object Object\]/);
});
