/** A lock of a cluster that is slow, or does not answer: a lease that is ours is not taken for lost, and one that ran out is. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { toErrorInfo } from "@touchstone/core/errors";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { lockHolder, takeLock, withLock } from "./lock.ts";

const RENEW_MS = 10_000;
const clockOf = ({ mock }: TestContext) => {
  mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.parse("2026-01-01T00:00:00Z") });
  return async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      mock.timers.tick(RENEW_MS);
      // What was asked is answered within some turns.
      for (let turns = 0; turns < 10; turns++) await turn();
    }
  };
};

suite("a lock", () => {
  test("is kept for as long as the work takes, and is free after it", async (context) => {
    const pass = clockOf(context);
    const { kubectl } = kubectlInMemory();
    const lock = await takeLock(kubectl, "upgrade");
    await pass(30);
    assert.equal(lock.lost.aborted, false);
    assert.notEqual(await lockHolder(kubectl), null);
    await assert.rejects(takeLock(kubectl, "rollback"), (thrown) => toErrorInfo(thrown).code === "DEPLOY_LOCKED");
    await lock.release();
    assert.equal(await lockHolder(kubectl), null);
  });
  test("is not lost because one answer takes longer than the next renewal", async (context) => {
    const pass = clockOf(context);
    const { kubectl, server } = kubectlInMemory();
    const lock = await takeLock(kubectl, "upgrade");
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = server.asked;
    server.held = promise;
    await pass(2);
    assert.equal(server.asked - before, 1, "one renewal at a time");
    resolve();
    await turn();
    await pass(5);
    assert.equal(lock.lost.aborted, false);
    await lock.release();
  });
  test("is given back after a renewal that is under way", async (context) => {
    const pass = clockOf(context);
    const { kubectl, server } = kubectlInMemory();
    const lock = await takeLock(kubectl, "upgrade");
    const { promise, resolve } = Promise.withResolvers<void>();
    server.held = promise;
    await pass(1);
    const released = lock.release();
    resolve();
    await released;
    assert.equal(await lockHolder(kubectl), null);
  });
  test("is lost when it has run out, whether the cluster refuses or says nothing", async (context) => {
    const pass = clockOf(context);
    for (const held of [Promise.resolve(), new Promise<void>(() => undefined)]) {
      const { kubectl, server } = kubectlInMemory();
      const lock = await takeLock(kubectl, "upgrade");
      Object.assign(server, { held, isAway: true });
      await pass(2);
      assert.equal(lock.lost.aborted, false);
      await pass(1);
      assert.equal(lock.lost.aborted, true);
    }
  });
  test("is given up in time where a clock is a moment behind its timers", async (context) => {
    context.mock.timers.enable({ apis: ["setInterval"] });
    let now = Date.parse("2026-01-01T00:00:00Z");
    context.mock.method(Date, "now", () => now);
    const { kubectl, server } = kubectlInMemory();
    const lock = await takeLock(kubectl, "upgrade");
    server.isAway = true;
    for (const lost of [false, false, true]) {
      now += lost ? RENEW_MS - 1 : RENEW_MS;
      context.mock.timers.tick(RENEW_MS);
      for (let turns = 0; turns < 10; turns++) await turn();
      assert.equal(lock.lost.aborted, lost);
    }
  });
  const LEFT_S = 5;
  const SKEWS: { name: string; aheadMs: number }[] = [
    { name: "are minutes behind", aheadMs: 300_000 },
    { name: "are minutes ahead", aheadMs: -300_000 },
  ];
  for (const { name, aheadMs } of SKEWS)
    test(`holds, and ends in time, where the clocks of machines ${name}`, async (context) => {
      const pass = clockOf(context);
      const { kubectl, server, put } = kubectlInMemory();
      const lock = await takeLock(kubectl, "upgrade");
      await pass(1);
      // The next one's clock is another: the server's stays what it is.
      context.mock.timers.setTime(Date.now() - aheadMs);
      server.aheadMs = aheadMs;
      await assert.rejects(takeLock(kubectl, "rollback"), (thrown) => toErrorInfo(thrown).code === "DEPLOY_LOCKED");
      assert.notEqual(await lockHolder(kubectl), null);
      await lock.release();
      const gone = { holderIdentity: "killed", leaseDurationSeconds: LEFT_S, renewTime: (await kubectl.now()).toISOString() };
      put({ ...(await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy")), spec: gone });
      context.mock.timers.setTime(Date.now() + LEFT_S * 1000);
      await takeLock(kubectl, "rollback").then((next) => next.release());
    });
  test("is told to who may read and not write", async () => {
    const { kubectl } = kubectlInMemory();
    const lock = await takeLock(kubectl, "upgrade");
    const reader = { ...kubectl, now: () => Promise.reject(new Error("leases is forbidden")) };
    assert.match((await lockHolder(reader))?.holder ?? "", /upgrade/);
    await lock.release();
  });
  test("is lost to who has taken it", async (context) => {
    const pass = clockOf(context);
    const { kubectl, put } = kubectlInMemory();
    const lock = await takeLock(kubectl, "upgrade");
    const taken = { holderIdentity: "somebody else", renewTime: new Date().toISOString() };
    put({ ...(await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy")), spec: taken });
    await pass(1);
    assert.equal(lock.lost.aborted, true);
    await lock.release();
    assert.equal((await lockHolder(kubectl))?.holder, "somebody else");
  });
});

suite("work with a lock", () => {
  const LEASE = "leases.coordination.k8s.io";
  const ENDS: { name: string; stop: boolean; lose: boolean; code: string | null }[] = [
    { name: "ends well", stop: false, lose: false, code: null },
    { name: "is asked to stop", stop: true, lose: false, code: "ABORTED" },
    { name: "loses it", stop: false, lose: true, code: "DEPLOY_LOCK_LOST" },
  ];
  for (const { name, stop, lose, code } of ENDS)
    test(`that ${name}: ${code ?? "its answer"}, and the lock is not held`, async (context) => {
      const pass = clockOf(context);
      const { kubectl, put } = kubectlInMemory();
      const wish = new AbortController();
      const work = withLock(kubectl, "transfer accept", wish.signal, async (signal) => {
        if (stop) wish.abort();
        if (lose) put({ ...(await kubectl.get(LEASE, "touchstone-deploy")), spec: {} });
        await pass(1);
        signal.throwIfAborted();
        return "done";
      });
      if (code === null) assert.equal(await work, "done");
      else await assert.rejects(work, (thrown) => toErrorInfo(thrown).code === code);
      assert.equal(await lockHolder(kubectl), null);
    });
});
