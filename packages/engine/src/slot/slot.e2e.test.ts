/** Engines that are killed, starved or closed in the middle of their work: each test starts its own. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import type { ErrorCode } from "@touchstone/core/errors";
import { scratch, scratchSlot } from "../connectors/scratch.ts";

const at = scratch();
after(() => at.remove());

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode> => {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown.info.code;
    throw thrown;
  }
  throw new Error("nothing was thrown");
};

/** Takes minutes if nobody stops it. */
const ENDLESS = "SELECT count(*) FROM range(1000000000000) WHERE hash(range) % 3 = 7";

test("memory and disk budgets are kept", async () => {
  const tight = await scratchSlot(at, { memory: "60MB", tempBytesMax: 20_000_000 });
  try {
    const sql = "CREATE TABLE large AS SELECT range AS a, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS b FROM range(5000000)";
    const code = await codeOf(tight.session.run(sql));
    assert.ok(code === "DISK_FULL" || code === "OUT_OF_MEMORY", code);
  } finally {
    await tight.close();
  }
});

test("the death of the engine ends what waits for it", async () => {
  const doomed = await scratchSlot(at);
  const work = [codeOf(doomed.session.query(ENDLESS)), codeOf(doomed.session.query("SELECT 1"))];
  setTimeout(() => process.kill(doomed.pid, "SIGKILL"), 50);
  assert.deepEqual(await Promise.all(work), ["ENGINE_DIED", "ENGINE_DIED"]);
  assert.equal(await codeOf(doomed.session.query("SELECT 1")), "ENGINE_DIED");
  await doomed.close();
});

test("another engine takes the place of a dead one, without its tables, and not after close", async () => {
  const doomed = await scratchSlot(at, { setup: ["CREATE TABLE prepared AS SELECT 5 AS a"] });
  assert.equal(await doomed.revive(), false);
  await doomed.session.run("CREATE TEMP TABLE kept AS SELECT 7 AS a");
  const before = doomed.pid;
  process.kill(before, "SIGKILL");
  assert.equal(await codeOf(doomed.session.query("SELECT a FROM kept")), "ENGINE_DIED");
  assert.deepEqual(await Promise.all([doomed.revive(), doomed.revive()]), [true, true]);
  assert.notEqual(doomed.pid, before);
  assert.deepEqual(await doomed.session.query("SELECT a FROM prepared"), [{ a: 5 }]);
  assert.equal(await codeOf(doomed.session.query("SELECT a FROM kept")), "QUERY_FAILED");
  assert.equal(await codeOf(doomed.session.query("SELECT * FROM read_text('/etc/passwd')")), "QUERY_FAILED");
  process.kill(doomed.pid, "SIGKILL");
  assert.equal(await codeOf(doomed.session.query("SELECT 1")), "ENGINE_DIED");
  const reviving = codeOf(doomed.revive());
  await doomed.close();
  assert.equal(await reviving, "ABORTED");
  assert.equal(await codeOf(doomed.revive()), "ABORTED");
});

test("an engine that always dies is given up", async () => {
  const doomed = await scratchSlot(at);
  let revivals = 0;
  for (let code = null; code === null;) {
    process.kill(doomed.pid, "SIGKILL");
    await codeOf(doomed.session.query("SELECT 1"));
    code = await doomed.revive().then(
      () => null,
      (thrown: UserError) => thrown.info.code,
    );
    if (code === null) revivals++;
    else assert.equal(code, "ENGINE_DIED");
  }
  assert.equal(revivals, 10);
  await doomed.close();
});

test("closing ends work and removes the temp folder", async () => {
  const tempFolder = at.path("spill");
  at.write("spill/something", "");
  const closing = await scratchSlot(at, { tempFolder });
  const work = codeOf(closing.session.query(ENDLESS));
  setTimeout(() => void closing.close(), 50);
  assert.equal(await work, "ABORTED");
  await closing.close();
  assert.equal(existsSync(tempFolder), false);
});
