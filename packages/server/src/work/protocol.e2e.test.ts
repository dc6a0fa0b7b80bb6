/** The protocol under a bad network: whatever is lost, doubled, late or asleep, each container is stored once, and only by who holds the lease. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTrial, type Trial } from "../trial/trial.ts";
import { chance, claimed, enrolled, loseLeases, network, scanned, stage, startScan, type Claimed } from "./simulation.ts";

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

const say = async (token: string, work: Claimed, verb: string, body: object = {}): Promise<number> =>
  (await trial.send(`/dataplane/work/${work.id}/${verb}`, { fence: work.fence, ...body }, { token })).status;

const state = async (operationId: number) => {
  const { db } = trial.store;
  const { result, counters } = await db.selectFrom("operation").where("id", "=", operationId).selectAll().executeTakeFirstOrThrow();
  const stored = await db.selectFrom("operation_container").where("operation_id", "=", operationId).select("container").execute();
  const anomalies = await db.selectFrom("anomaly").where("operation_id", "=", operationId).select("status").execute();
  return { result, stored: stored.length, analyzed: counters["containers_analyzed"] ?? 0, anomalies: anomalies.length };
};

test("a dataplane that slept through its lease can store nothing, say nothing and end nothing", async () => {
  const [asleep, awake] = [await enrolled(trial, "asleep"), await enrolled(trial, "awake")];
  const { datastoreId, checkOf } = await stage(trial, "sleepy", 2);
  const operation = await startScan(trial, datastoreId);
  const [one, two] = [...checkOf];
  const old = (await claimed(trial, asleep))!;
  assert.equal(await say(asleep, old, "results", { results: [scanned(...one!)] }), 200);
  assert.equal(await claimed(trial, awake), null, "while it holds the lease nobody else gets the work");
  await loseLeases(trial);
  const fresh = (await claimed(trial, awake))!;
  assert.deepEqual([fresh.id, fresh.fence > old.fence], [old.id, true]);
  assert.deepEqual(
    fresh.spec.containers.map(({ id }) => id),
    [two![0]],
    "what was stored is not done again",
  );
  for (const [verb, body] of [
    ["progress", {}],
    ["open", { container_id: two![0] }],
    ["results", { results: [scanned(...two!)] }],
    ["complete", {}],
    ["fail", { error: { code: "INTERNAL", what: "x", why: "y", todo: "z" } }],
    ["release", {}],
  ] as const)
    assert.equal(await say(asleep, old, verb, body), 409, verb);
  assert.equal(await say(asleep, fresh, "results", { results: [scanned(...two!)] }), 409, "nor under a fence it has overheard");
  assert.equal(await say(awake, fresh, "progress", { total_containers: fresh.spec.containers.length }), 200);
  const { counters } = await trial.store.db
    .selectFrom("operation")
    .where("id", "=", operation)
    .select("counters")
    .executeTakeFirstOrThrow();
  assert.equal(counters["total_containers"], 2, "the total counts what was done before as well");
  assert.deepEqual(await state(operation), { result: "running", stored: 1, analyzed: 1, anomalies: 1 });
  assert.equal(await say(awake, fresh, "results", { results: [scanned(...two!)] }), 200);
  assert.equal(await say(awake, fresh, "complete"), 204);
  assert.deepEqual(await state(operation), { result: "success", stored: 2, analyzed: 2, anomalies: 2 });
});

test("a dataplane that has taken up its own lost work is not heard under the older fence", async () => {
  const token = await enrolled(trial, "twice");
  const { datastoreId, checkOf } = await stage(trial, "own", 1);
  const operation = await startScan(trial, datastoreId);
  const old = (await claimed(trial, token))!;
  await loseLeases(trial);
  const fresh = (await claimed(trial, token))!;
  const results = { results: [scanned(...[...checkOf][0]!)] };
  assert.deepEqual([await say(token, old, "results", results), await say(token, old, "complete")], [409, 409]);
  assert.deepEqual(await state(operation), { result: "running", stored: 0, analyzed: 0, anomalies: 0 });
  assert.deepEqual([await say(token, fresh, "results", results), await say(token, fresh, "complete")], [200, 204]);
});

test("what is said twice is done once; what comes after the end is refused", async () => {
  const token = await enrolled(trial, "echo");
  const { datastoreId, checkOf } = await stage(trial, "echoes", 1);
  const operation = await startScan(trial, datastoreId);
  const work = (await claimed(trial, token))!;
  const results = { results: [scanned(...[...checkOf][0]!)] };
  assert.deepEqual([await say(token, work, "results", results), await say(token, work, "results", results)], [200, 200]);
  assert.deepEqual([await say(token, work, "complete"), await say(token, work, "complete")], [204, 204]);
  assert.deepEqual([await say(token, work, "results", results), await say(token, work, "release")], [409, 409]);
  assert.deepEqual(await state(operation), { result: "success", stored: 1, analyzed: 1, anomalies: 1 });
});

test("work that is handed back is taken up by another at once; handed back twice it is handed back once", async () => {
  const [leaving, staying] = [await enrolled(trial, "leaving"), await enrolled(trial, "staying")];
  const { datastoreId } = await stage(trial, "drained", 1);
  const operation = await startScan(trial, datastoreId);
  const work = (await claimed(trial, leaving))!;
  assert.deepEqual([await say(leaving, work, "release"), await say(leaving, work, "release")], [204, 204]);
  assert.equal((await state(operation)).result, "queued");
  const next = (await claimed(trial, staying))!;
  assert.equal(await say(leaving, work, "release"), 409);
  assert.equal(await say(staying, next, "complete"), 204);
});

test("of one datastore one operation runs at a time; others go on beside it", async () => {
  const [a, b, c] = [await enrolled(trial, "a"), await enrolled(trial, "b"), await enrolled(trial, "c")];
  const [first, second] = [await stage(trial, "busy", 1), await stage(trial, "idle", 1)];
  await startScan(trial, first.datastoreId);
  await startScan(trial, first.datastoreId);
  await startScan(trial, second.datastoreId);
  const [one, other] = [(await claimed(trial, a))!, (await claimed(trial, b))!];
  assert.notEqual(one.id, other.id);
  assert.equal(await claimed(trial, c), null);
  assert.equal(await say(a, one, "complete"), 204);
  const last = (await claimed(trial, c))!;
  assert.deepEqual([await say(b, other, "complete"), await say(c, last, "complete")], [204, 204]);
});

test("work of a pinned datastore goes to its dataplane only", async () => {
  const [near, far] = [await enrolled(trial, "near"), await enrolled(trial, "far")];
  const { datastoreId } = await stage(trial, "pinned", 1);
  await trial.store.db.updateTable("datastore").set({ dataplane: "near" }).where("id", "=", datastoreId).execute();
  await startScan(trial, datastoreId);
  assert.equal(await claimed(trial, far), null);
  const work = (await claimed(trial, near))!;
  assert.equal(await say(near, work, "complete"), 204);
});

test("a dataplane that is revoked is heard no more; a new code brings it back under another token", async () => {
  const token = await enrolled(trial, "suspect");
  const { datastoreId } = await stage(trial, "revoked", 1);
  await startScan(trial, datastoreId);
  const work = (await claimed(trial, token))!;
  const { body } = await trial.ask("GET", "/dataplanes?size=1000");
  const { id } = (body as { items: { id: number; name: string }[] }).items.find(({ name }) => name === "suspect")!;
  assert.equal((await trial.ask("DELETE", `/dataplanes/${id}`)).status, 204);
  assert.equal(await say(token, work, "progress"), 401);
  assert.equal((await trial.send("/dataplane/claim", { wait_ms: 0 }, { token })).status, 401);
  await loseLeases(trial);
  const again = await enrolled(trial, "suspect");
  const fresh = (await claimed(trial, again))!;
  assert.equal(fresh.id, work.id);
  assert.equal(await say(again, fresh, "complete"), 204);
});

test("codes work once; tokens of people open nothing here, nor those of dataplanes there", async () => {
  const code = await trial.invite("once");
  const enrol = () => trial.send("/dataplane/enrol", { code }, { token: null });
  const first = await enrol();
  assert.deepEqual([first.status, (await enrol()).status], [200, 403]);
  const { token } = first.body as { token: string };
  assert.equal((await trial.send("/dataplane/claim", { wait_ms: 0 }, { token: trial.admin })).status, 401);
  assert.equal((await trial.ask("GET", "/operations", { as: token })).status, 401);
  const rows = JSON.stringify(await trial.store.db.selectFrom("dataplane").selectAll().execute());
  assert.ok(!rows.includes(token) && !rows.includes(code));
});

test("versions: what is too old is told so, what is newer and says more is welcome", async () => {
  const token = await enrolled(trial, "skewed");
  const hello = async (body: object) =>
    (await trial.send("/dataplane/hello", { version: "x", ...body }, { token })).body as { enabled: boolean; reason: string | null };
  assert.deepEqual([(await hello({ protocol: 0 })).enabled, (await hello({ protocol: 1 })).enabled], [false, true]);
  const newer = await hello({ protocol: 2, telepathy: { yes: true }, capabilities: { operations: ["sync", "dream"] } });
  assert.equal(newer.enabled, true);
});

type Worker = { name: string; token: string; work: Claimed | null; todo: number[]; /** Moves for which it sleeps. */ asleep: number };

const CONTAINERS = 4;
const MOVES_MAX = 500;
/** Attempts that are lost or handed back; more than the queue grants would end the work, as they should: that is another test. */
const LOSSES_MAX = 4;

/** What a worker says next: mostly of a container, now and then how far it is, what it opens, or that it leaves. */
const wordOf = ({ todo: [next] }: Worker, luck: number, mayLeave: boolean): { verb: string; container: number | null } => {
  if (next === undefined) return { verb: "complete", container: null };
  if (luck < 0.1) return { verb: "progress", container: null };
  if (luck < 0.2) return { verb: "open", container: next };
  return luck < 0.25 && mayLeave ? { verb: "release", container: null } : { verb: "results", container: next };
};

type Run = { random: () => number; net: ReturnType<typeof network>; checkOf: ReadonlyMap<number, number>; losses: number };

/** One move of a worker: claim, tell of a container, or end. Whether it was heard decides whether it goes on. */
const move = async (worker: Worker, run: Run): Promise<void> => {
  const { token, work, todo } = worker;
  if (worker.asleep-- > 0) return;
  if (work === null) {
    const found = await claimed(trial, token);
    worker.work = found;
    worker.todo = found?.spec.containers.map(({ id }) => id) ?? [];
    return;
  }
  const { verb, container } = wordOf(worker, run.random(), run.losses < LOSSES_MAX);
  const body = verb === "results" ? { results: [scanned(container!, run.checkOf.get(container!)!)] } : { container_id: container };
  if (verb === "release") run.losses++;
  const heard = await run.net.carry(() => say(token, work, verb, body));
  if (heard === 409 || heard === 204) worker.work = null;
  if (heard === 200 && verb === "results") todo.shift();
};

/** What befalls the workers: a lease that runs out, a message that comes late, sleep, a token that is taken away. */
const befall = async (workers: readonly Worker[], run: Run): Promise<boolean> => {
  const event = run.random();
  const worker = workers[Math.floor(run.random() * workers.length)]!;
  if (event < 0.12 && run.losses < LOSSES_MAX) {
    run.losses++;
    if (event < 0.05) await revoke(worker);
    await loseLeases(trial);
    return true;
  }
  if (event < 0.24) {
    await run.net.deliverLate();
    return true;
  }
  if (event < 0.28) worker.asleep = Math.floor(run.random() * 20);
  return false;
};

/** Its work is lost to it, and it comes back as somebody invites it anew; what it has said before may still come in. */
const revoke = async (worker: Worker): Promise<void> => {
  const { body } = await trial.ask("GET", "/dataplanes?size=1000");
  const { id } = (body as { items: { id: number; name: string }[] }).items.find(({ name }) => name === worker.name)!;
  const before = worker.token;
  assert.equal((await trial.ask("DELETE", `/dataplanes/${id}`)).status, 204);
  if (worker.work !== null) assert.equal(await say(before, worker.work, "progress"), 401);
  Object.assign(worker, { token: await enrolled(trial, worker.name), work: null, todo: [] });
};

test("a simulation: three dataplanes, messages lost, doubled and late, leases that run out, sleep, and tokens taken away in mid-run", async () => {
  const names = ["s1", "s2", "s3"];
  const told: Record<string, number> = {};
  for (const seed of [1, 2, 3, 5, 8, 13, 21, 34]) {
    const tokens = await Promise.all(names.map((name) => enrolled(trial, name)));
    const random = chance(seed);
    const { datastoreId, checkOf } = await stage(trial, `simulation ${seed}`, CONTAINERS);
    const operation = await startScan(trial, datastoreId);
    const workers = names.map((name, at): Worker => ({ name, token: tokens[at]!, work: null, todo: [], asleep: 0 }));
    const run: Run = { random, net: network(random, told), checkOf, losses: 0 };
    for (let moves = 0; moves < MOVES_MAX && (await state(operation)).result !== "success"; moves++) {
      if (!(await befall(workers, run))) await move(workers[Math.floor(random() * workers.length)]!, run);
      const { stored, analyzed, anomalies } = await state(operation);
      assert.deepEqual([analyzed, anomalies], [stored, stored], `seed ${seed}: each container counts once`);
    }
    await run.net.deliverAll();
    const end = await state(operation);
    assert.deepEqual(end, { result: "success", stored: CONTAINERS, analyzed: CONTAINERS, anomalies: CONTAINERS }, `seed ${seed}`);
  }
  for (const fate of ["lost", "late", "unanswered", "doubled", "delivered"]) assert.ok((told[fate] ?? 0) > 5, `${fate}: ${told[fate]}`);
  assert.deepEqual(trial.thrown, []);
});

test("work that is lost again and again is given up, and its operation says so", async () => {
  const token = await enrolled(trial, "unlucky");
  const { datastoreId } = await stage(trial, "cursed", 1);
  const operation = await startScan(trial, datastoreId);
  while ((await claimed(trial, token)) !== null) await loseLeases(trial);
  while ((await state(operation)).result === "running") await trial.services.news.wait(200);
  assert.equal((await state(operation)).result, "failure");
  assert.deepEqual(trial.thrown, []);
});
