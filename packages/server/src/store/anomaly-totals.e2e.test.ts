/** What is kept is what counting gives, whatever happened to anomalies, and whoever adds the differences up meanwhile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { AnomalyFilters } from "@touchstone/core/routes/anomalies";
import { addAnomaly, addStock, type Stock } from "../trial/stock.ts";
import { insertCheck } from "../trial/objects.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { chance } from "../work/simulation.ts";
import { isPlain } from "./anomalies.ts";
import { addUpTallies, anomalyTotal } from "./anomaly-totals.ts";

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

const STATUSES = ["Active", "Acknowledged", "Resolved", "Duplicate"];

const differences = async (): Promise<unknown[]> => {
  const { rows } = await sql`
    WITH counted AS (SELECT datastore_id, container_id, type, status, count(*) AS n FROM anomaly GROUP BY 1, 2, 3, 4),
      kept AS (SELECT datastore_id, container_id, type, status, sum(count) AS n FROM anomaly_tally GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0),
      open_counted AS (SELECT f.check_id, count(*) AS n FROM failed_check f JOIN anomaly a ON a.id = f.anomaly_id
        WHERE a.status IN ('Active', 'Acknowledged') GROUP BY 1),
      open_kept AS (SELECT check_id, sum(count) AS n FROM check_tally GROUP BY 1 HAVING sum(count) <> 0)
    (SELECT counted::text FROM counted EXCEPT SELECT kept::text FROM kept) UNION ALL (SELECT kept::text FROM kept EXCEPT SELECT counted::text FROM counted)
    UNION ALL (SELECT open_counted::text FROM open_counted EXCEPT SELECT open_kept::text FROM open_kept)
    UNION ALL (SELECT open_kept::text FROM open_kept EXCEPT SELECT open_counted::text FROM open_counted)`.execute(trial.store.db);
  return rows;
};

/** Something that happens to anomalies, to those of them that chance picks. */
const acts: readonly ((stock: Stock, checks: number[], random: () => number) => Promise<unknown>)[] = [
  (stock, checks, random) =>
    addAnomaly(trial, stock, random() < 0.5 ? stock.orders : stock.products, checks.slice(Math.floor(random() * 3)), {
      status: STATUSES[Math.floor(random() * 4)]!,
    }),
  (stock, checks, random) => addAnomaly(trial, stock, stock.orders, checks, { status: STATUSES[Math.floor(random() * 4)]!, type: "shape" }),
  (_, __, random) =>
    sql`UPDATE anomaly SET status = ${STATUSES[Math.floor(random() * 4)]!} WHERE id % 3 = ${Math.floor(random() * 3)}`.execute(
      trial.store.db,
    ),
  (_, __, random) => sql`UPDATE anomaly SET message = 'm' WHERE id % 4 = ${Math.floor(random() * 4)}`.execute(trial.store.db),
  (_, __, random) => sql`DELETE FROM anomaly WHERE id % 11 = ${Math.floor(random() * 11)}`.execute(trial.store.db),
  (_, __, random) => sql`DELETE FROM failed_check WHERE anomaly_id % 13 = ${Math.floor(random() * 13)}`.execute(trial.store.db),
  () => addUpTallies(trial.store.db),
];

test("chance does whatever can be done, and the totals stay right", async () => {
  const random = chance(5);
  const stock = await addStock(trial, "counted");
  const checks = [];
  for (const rule_type of ["notNull", "unique", "isEmail"])
    checks.push(await insertCheck(trial.store.db, stock.orders, { rule_type, fields: ["email"] }));
  for (let i = 0; i < 60; i++) {
    await acts[random() < 0.5 ? 0 : Math.floor(random() * acts.length)]!(stock, checks, random);
    if (i % 10 === 0) assert.deepEqual(await differences(), [], `after ${i} acts`);
  }
  assert.deepEqual(await differences(), []);
  const { rows } = await sql<{
    most: number;
  }>`SELECT max(n)::int AS most FROM (SELECT count(*) AS n FROM check_tally GROUP BY check_id) t`.execute(trial.store.db);
  await addUpTallies(trial.store.db);
  assert.ok(rows[0]!.most > 0);
});

test("lists that tallies can tell the length of are told so, others are counted", async () => {
  const { db } = trial.store;
  const cases: { filters: object; tallied: boolean }[] = [
    { filters: {}, tallied: true },
    { filters: { archived: "include" }, tallied: true },
    { filters: { archived: "only", anomaly_type: ["shape"] }, tallied: true },
    { filters: { status: ["Active", "Duplicate"], datastore: ["1"] }, tallied: true },
    { filters: { status: ["Active"], archived: "only" }, tallied: true },
    { filters: { container: ["1", "2"] }, tallied: true },
    { filters: { container: ["1"], search: "" }, tallied: true },
    { filters: { search: "missing" }, tallied: false },
    { filters: { rule_type: ["unique"] }, tallied: false },
    { filters: { timeframe: "1" }, tallied: false },
    { filters: { source_enriched: "false" }, tallied: false },
  ];
  for (const { filters, tallied } of cases) {
    const read = AnomalyFilters.parse(filters);
    assert.equal(isPlain(read), tallied, JSON.stringify(filters));
    const query = Object.entries(filters).flatMap(([name, values]: [string, string | string[]]) =>
      [values].flat().map((value) => `${name}=${value}`),
    );
    const { body } = await trial.ask("GET", `/anomalies?size=1000&${query.join("&")}`);
    const { items, total } = body as { items: unknown[]; total: number };
    assert.equal(total, items.length, JSON.stringify(filters));
    if (tallied) assert.equal(await anomalyTotal(db, read, "all"), items.length, JSON.stringify(filters));
  }
  const { body } = await trial.ask("GET", "/anomalies?size=2&archived=include");
  const { total, pages } = body as { total: number; pages: number };
  assert.ok(total > 10 && pages === Math.ceil(total / 2));
});

test("checks are ordered by the same weights and numbers, whether all there are or those of a datastore", async () => {
  const { db } = trial.store;
  for (const [noun, object_id] of [
    ["container", 1],
    ["datastore", 1],
    ["check", 1],
    ["check", 2],
  ] as const) {
    const { id } = await db
      .insertInto("tag")
      .values({ name: `tag of ${noun} ${object_id}`, weight_modifier: object_id * 3, category: null })
      .returning("id")
      .executeTakeFirstOrThrow();
    for (const [own, other] of [
      [noun, object_id],
      ["check", 3],
    ] as const)
      await db.insertInto("tag_link").values({ tag_id: id, noun: own, object_id: other }).execute();
  }
  type Line = { id: number; weight: number; anomaly_count: number; datastore: { id: number } };
  const lines = async (query: string) => ((await trial.ask("GET", `/quality-checks?size=1000&${query}`)).body as { items: Line[] }).items;
  const datastores = [...new Set((await lines("")).map(({ datastore }) => datastore.id))];
  for (const order of ["sort_weight=desc", "sort_weight=asc", "sort_anomalies=desc", "sort_anomalies=desc&sort_weight=asc"]) {
    const all = await lines(order);
    assert.deepEqual(all, await lines(`${order}&${datastores.map((id) => `datastore=${id}`).join("&")}`), order);
    assert.ok(new Set(all.map(({ weight }) => weight)).size > 2, "weights differ");
  }
});

test("what goes with its check, container or datastore is taken off", async () => {
  const { db } = trial.store;
  const stock = await addStock(trial, "going");
  const check = await insertCheck(db, stock.orders, { rule_type: "notNull", fields: ["email"] });
  for (let i = 0; i < 5; i++) await addAnomaly(trial, stock, stock.orders, [check]);
  const steps: [string, () => Promise<unknown>][] = [
    ["a check", () => db.deleteFrom("check").where("id", "=", check).execute()],
    ["a container", () => db.deleteFrom("container").where("id", "=", stock.orders).execute()],
    ["a datastore", () => db.deleteFrom("datastore").where("id", "=", stock.datastore).execute()],
  ];
  for (const [name, step] of steps) {
    await step();
    assert.deepEqual(await differences(), [], name);
  }
});
