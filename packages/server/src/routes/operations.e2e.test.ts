/** Operations and schedules over the API, without a dataplane: what is answered, what is refused, and what a restart leaves. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { API } from "@touchstone/core/routes/index";
import { openQueue } from "../work/queue.ts";
import { startDue } from "../work/schedules.ts";
import { saidBy } from "../trial/refusals.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let store: number;
let foreign: number;
before(async () => {
  trial = await openTrial();
  store = await datastore("orders");
  foreign = await datastore("salaries");
});
after(() => trial.close());

const datastore = async (name: string, pinned: string | null = null): Promise<number> => {
  const { db } = trial.store;
  const settings = JSON.stringify({ uri: "/nowhere" });
  const connection = await db.insertInto("connection").values({ name, type: "files", settings }).returning("id").executeTakeFirstOrThrow();
  const values = { name, connection_id: connection.id, dataplane: pinned };
  return (await db.insertInto("datastore").values(values).returning("id").executeTakeFirstOrThrow()).id;
};

const member = async (permission: string, datastoreId: number): Promise<string> => {
  const { db } = trial.store;
  const { id, token } = await trial.user("Member");
  const name = `team ${id}`;
  const team = await db.insertInto("team").values({ name, permission }).returning("id").executeTakeFirstOrThrow();
  await db.insertInto("team_member").values({ team_id: team.id, user_id: id }).execute();
  await db.insertInto("datastore_team").values({ team_id: team.id, datastore_id: datastoreId }).execute();
  return token;
};

const started = (body: object) => trial.got(API.operations.run, "/operations/run", { body: { datastore_id: store, ...body } });
const abort = (id: number) => trial.got(API.operations.abort, `/operations/abort/${id}`);
const listed = async (query: string, as = trial.admin) =>
  (await trial.got(API.operations.list, `/operations${query}`, { as })).items.map(({ id }) => id);

/** Ends an operation as a dataplane would. */
const ended = async (id: number, result = "success"): Promise<void> =>
  void (await trial.store.db.updateTable("operation").set({ result, finished_at: new Date() }).where("id", "=", id).execute());

test("names of earlier times are taken, and answered under those of today", async () => {
  const cases: { asked: object; type: string; options: object }[] = [
    { asked: { type: "catalog", include: null, prune: true }, type: "sync", options: { prune: true } },
    { asked: { type: "profile", inference_threshold: 3 }, type: "profile", options: { ai_effort: "high" } },
    { asked: { type: "profile", inference_threshold: "0", ai_effort: "max" }, type: "profile", options: { ai_effort: "max" } },
    { asked: { type: "profile", ai_effort: "2", surprise: 1 }, type: "profile", options: { ai_effort: "medium" } },
    {
      asked: { type: "scan", incremental: false, max_records_analyzed_per_partition: -1, check_variables: { cutoff: "DATE '2031-02-01'" } },
      type: "scan",
      options: { incremental: false, max_records_analyzed_per_partition: -1, check_variables: { cutoff: "DATE '2031-02-01'" } },
    },
  ];
  for (const { asked, type, options } of cases) {
    const operation = await started(asked);
    assert.deepEqual([operation.type, operation.options], [type, options]);
    assert.deepEqual(operation.status, { total_containers: 0, containers_analyzed: 0, records_processed: 0 });
    await abort(operation.id);
  }
});

test("a queued operation is aborted at once; what is over is resumed, rerun and deleted, what is not is not", async () => {
  const { id } = await started({ type: "sync" });
  for (const [method, path] of [
    ["PUT", `/operations/run/${id}`],
    ["PUT", `/operations/rerun/${id}`],
    ["DELETE", `/operations/${id}`],
  ] as const)
    assert.equal((await trial.ask(method, path)).status, 409, path);
  const aborted = await abort(id);
  assert.deepEqual([aborted.result, aborted.end_time === null], ["aborted", false]);
  assert.equal((await abort(id)).result, "aborted");
  const resumed = await trial.got(API.operations.resume, `/operations/run/${id}`);
  assert.deepEqual([resumed.id, resumed.result, resumed.end_time], [id, "queued", null]);
  await abort(id);
  const again = await trial.got(API.operations.rerun, `/operations/rerun/${id}`);
  assert.notEqual(again.id, id);
  assert.equal((await trial.ask("DELETE", `/operations/${id}`)).status, 204);
  assert.equal((await trial.ask("GET", `/operations/${id}`)).status, 404);
  await ended(again.id);
});

test("lists are filtered, and show what one may see", async () => {
  const scan = await started({ type: "scan" });
  const other = await started({ type: "sync", datastore_id: foreign });
  await ended(scan.id, "failure");
  const cases: { query: string; has: number[]; lacks: number[] }[] = [
    { query: "operation_type=scan&result=failure", has: [scan.id], lacks: [other.id] },
    { query: "result=Failure&result=aborted", has: [scan.id], lacks: [other.id] },
    { query: "finished=false", has: [other.id], lacks: [scan.id] },
    { query: `datastore=${foreign}`, has: [other.id], lacks: [scan.id] },
    { query: "start_date=2999-01-01T00:00:00.000Z", has: [], lacks: [scan.id, other.id] },
    { query: "end_date=2999-01-01&sort_created=asc&size=1000", has: [scan.id, other.id], lacks: [] },
    { query: "sort_duration=desc&size=1000", has: [scan.id, other.id], lacks: [] },
    { query: "container=17", has: [], lacks: [scan.id, other.id] },
  ];
  for (const { query, has, lacks } of cases) {
    const ids = await listed(`?${query}`);
    assert.deepEqual([has.filter((id) => !ids.includes(id)), lacks.filter((id) => ids.includes(id))], [[], []], query);
  }
  const reporter = await member("Reporter", foreign);
  assert.deepEqual(await listed("", reporter), [other.id]);
  await ended(other.id);
});

test("what is refused, and how", async () => {
  const [editor, viewer] = [await member("Editor", store), await member("Viewer", store)];
  const { id } = await started({ type: "sync", datastore_id: foreign });
  const pinned = await datastore("pinned to nobody", "the one in Oslo");
  const run = (body: object, as = trial.admin): [string, string, object] => ["POST", "/operations/run", { body, as }];
  const schedule = (more: object): [string, string, object] => [
    "POST",
    "/operations/schedule",
    { body: { type: "sync", datastore_id: store, name: "nightly", crontab: "0 6 * * *", ...more } },
  ];
  const cases: { name: string; ask: [string, string, object?]; status: number; code: string }[] = [
    { name: "no datastore", ask: run({ type: "sync" }), status: 422, code: "REQUEST_INVALID" },
    { name: "an unknown type", ask: run({ type: "dance", datastore_id: store }), status: 422, code: "REQUEST_INVALID" },
    { name: "too much effort", ask: run({ type: "profile", datastore_id: store, ai_effort: "9" }), status: 422, code: "REQUEST_INVALID" },
    { name: "a datastore that is not there", ask: run({ type: "sync", datastore_id: 999_999 }), status: 404, code: "OBJECT_UNKNOWN" },
    { name: "a foreign datastore", ask: run({ type: "sync", datastore_id: foreign }, editor), status: 404, code: "OBJECT_UNKNOWN" },
    { name: "a viewer", ask: run({ type: "sync", datastore_id: store }, viewer), status: 403, code: "NOT_ALLOWED" },
    { name: "rows sent along", ask: run({ type: "external_scan", datastore_id: store }), status: 422, code: "NOT_SUPPORTED" },
    { name: "nowhere to write to", ask: run({ type: "materialize", datastore_id: store }), status: 409, code: "OBJECT_STATE_WRONG" },
    { name: "a missing dataplane", ask: run({ type: "sync", datastore_id: pinned }), status: 503, code: "DATAPLANE_ABSENT" },
    { name: "a foreign operation", ask: ["GET", `/operations/${id}`, { as: editor }], status: 404, code: "OBJECT_UNKNOWN" },
    { name: "its events", ask: ["GET", `/operations/${id}/events`, { as: editor }], status: 404, code: "OBJECT_UNKNOWN" },
    { name: "four fields", ask: schedule({ crontab: "0 6 * *" }), status: 422, code: "SCHEDULE_INVALID" },
    { name: "an hour there is not", ask: schedule({ crontab: "0 26 * * *" }), status: 422, code: "SCHEDULE_INVALID" },
    { name: "a zone there is not", ask: schedule({ time_zone: "Mars/Olympus" }), status: 422, code: "SCHEDULE_INVALID" },
    { name: "a name too long", ask: schedule({ name: "x".repeat(51) }), status: 422, code: "REQUEST_INVALID" },
    { name: "an unknown schedule", ask: ["DELETE", "/operations/schedule/9999"], status: 404, code: "OBJECT_UNKNOWN" },
  ];
  for (const { name, ask, status, code } of cases) {
    assert.equal(saidBy(await trial.ask(...ask)), `${status} ${code}`, name);
  }
  await abort(id);
  assert.deepEqual(trial.thrown, []);
});

const scheduled = (more: object = {}) => {
  const body = {
    type: "scan",
    datastore_id: store,
    name: "nightly",
    crontab: "30 6 * * 1-5",
    time_zone: "Europe/Paris",
    incremental: true,
    ...more,
  };
  return trial.got(API.schedules.create, "/operations/schedule", { body });
};

test("a schedule is made, changed, paused and deleted; its crontab is read in its zone", async () => {
  const { id, next_runs, options } = await scheduled();
  assert.deepEqual(options, { incremental: true });
  const paris = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Paris", hour: "2-digit", minute: "2-digit" });
  assert.deepEqual([...new Set(next_runs.map((moment) => paris.format(new Date(moment))))], ["06:30"]);
  const pause = { body: { deactivated: true } };
  assert.deepEqual((await trial.got(API.schedules.deactivate, `/operations/schedule/${id}/deactivation`, pause)).next_runs, []);
  const body = { type: "catalog", datastore_id: store, name: "weekly", crontab: "0 0 * * 0" };
  const changed = await trial.got(API.schedules.update, `/operations/schedule/${id}`, { body });
  assert.deepEqual([changed.type, changed.deactivated], ["sync", true]);
  const { items } = await trial.got(API.schedules.list, `/operations/schedule?datastore=${store}`);
  assert.deepEqual(
    items.map((one) => one.id),
    [id],
  );
  assert.equal((await trial.ask("DELETE", `/operations/schedule/${id}`)).status, 204);
  assert.equal((await trial.ask("GET", `/operations/schedule/${id}`)).status, 404);
});

test("a run that is due is started once, not while the one before is under way, and not while it is paused", async () => {
  const { db } = trial.store;
  const { queue } = trial.services;
  const { id } = await scheduled({ name: "hourly" });
  const due = new Date();
  const first = await startDue(queue, db, id, due);
  assert.notEqual(first, null);
  assert.equal(await startDue(queue, db, id, due), null, "the same moment told twice");
  assert.equal(await startDue(queue, db, id, new Date(Date.now() + 3_600_000)), null, "the run before is under way");
  await ended(first!);
  await db.updateTable("schedule").set({ last_run_at: due }).where("id", "=", id).execute();
  const second = await startDue(queue, db, id, new Date(due.getTime() + 7_200_000));
  assert.notEqual(second, null);
  await ended(second!);
  await trial.ask("PATCH", `/operations/schedule/${id}/deactivation`, { body: { deactivated: true } });
  assert.equal(await startDue(queue, db, id, new Date(Date.now() + 9 * 3_600_000)), null, "paused");
  const operation = await trial.got(API.operations.get, `/operations/${first}`);
  assert.deepEqual([operation.schedule?.name, operation.triggered_by], ["hourly", "hourly"]);
});

test("the clock of a schedule is in the store: a control plane that starts anew finds it, with its policy for missed runs", async () => {
  const { db } = trial.store;
  const { id } = await scheduled({ name: "kept" });
  const again = await openQueue(trial.store, (error) => assert.fail(String(error)));
  try {
    const { rows } = await db.executeQuery<{ cron: string; timezone: string; options: { missed: string } }>({
      sql: "SELECT cron, timezone, options FROM queue.schedule WHERE key = $1",
      parameters: [String(id)],
      query: { kind: "RawNode", sqlFragments: [], parameters: [] },
      queryId: { queryId: "test" },
    });
    assert.deepEqual(
      rows.map(({ cron, timezone, options }) => [cron, timezone, options.missed]),
      [["30 6 * * 1-5", "Europe/Paris", "once"]],
    );
  } finally {
    await again.close();
  }
});
