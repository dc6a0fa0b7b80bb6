/** A lock of a cluster that is slow, or does not answer: a lease that is ours is not taken for lost, and one that ran out is. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { toErrorInfo } from "@touchstone/core/errors";
import { Manifest } from "../kubernetes/manifest.ts";
import type { Kubectl } from "./kubectl.ts";
import { lockHolder, takeLock } from "./lock.ts";

const RENEW_MS = 10_000;
const NOT_ASKED = () => Promise.reject(new Error("no lock asks this"));

/** One lease as an API server keeps it, which refuses a version that is not the newest; `held` lets answers wait. */
const leaseServer = () => {
  let version = 0;
  let kept: Manifest | null = null;
  const is = { held: Promise.resolve(), asked: 0, isAway: false };
  const put = (object: object): void =>
    void (kept = Manifest.parse({ ...object, metadata: { ...Manifest.parse(object).metadata, resourceVersion: String(++version) } }));
  const answer = async (): Promise<void> => {
    is.asked++;
    await is.held;
    if (is.isAway) throw new Error("nobody answers");
  };
  const kubectl: Kubectl = {
    access: { kubeconfig: null, context: null, namespace: "quality" },
    run: NOT_ASKED,
    list: NOT_ASKED,
    apply: NOT_ASKED,
    remove: NOT_ASKED,
    raw: NOT_ASKED,
    get: async () => (await answer(), kept),
    create: async (object) => (await answer(), kept === null && (put(object), true)),
    replace: async (object) => {
      const given = Manifest.parse(object).metadata["resourceVersion"];
      await answer();
      return given === kept?.metadata["resourceVersion"] && (put(object), true);
    },
  };
  return { kubectl, is, takenBy: (holderIdentity: string) => put({ ...kept, spec: { holderIdentity, renewTime: new Date().toISOString() } }) };
};

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
    const { kubectl } = leaseServer();
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
    const { kubectl, is } = leaseServer();
    const lock = await takeLock(kubectl, "upgrade");
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = is.asked;
    is.held = promise;
    await pass(2);
    assert.equal(is.asked - before, 1, "one renewal at a time");
    resolve();
    await turn();
    await pass(5);
    assert.equal(lock.lost.aborted, false);
    await lock.release();
  });
  test("is given back after a renewal that is under way", async (context) => {
    const pass = clockOf(context);
    const { kubectl, is } = leaseServer();
    const lock = await takeLock(kubectl, "upgrade");
    const { promise, resolve } = Promise.withResolvers<void>();
    is.held = promise;
    await pass(1);
    const released = lock.release();
    resolve();
    await released;
    assert.equal(await lockHolder(kubectl), null);
  });
  test("is lost when it has run out, whether the cluster refuses or says nothing", async (context) => {
    const pass = clockOf(context);
    for (const held of [Promise.resolve(), new Promise<void>(() => undefined)]) {
      const { kubectl, is } = leaseServer();
      const lock = await takeLock(kubectl, "upgrade");
      Object.assign(is, { held, isAway: true });
      await pass(2);
      assert.equal(lock.lost.aborted, false);
      await pass(1);
      assert.equal(lock.lost.aborted, true);
    }
  });
  test("is lost to who has taken it", async (context) => {
    const pass = clockOf(context);
    const { kubectl, takenBy } = leaseServer();
    const lock = await takeLock(kubectl, "upgrade");
    takenBy("somebody else");
    await pass(1);
    assert.equal(lock.lost.aborted, true);
    await lock.release();
    assert.equal((await lockHolder(kubectl))?.holder, "somebody else");
  });
});
