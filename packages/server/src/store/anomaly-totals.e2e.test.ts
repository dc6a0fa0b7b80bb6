/** What is kept is what counting gives, whatever happened to anomalies, and whoever adds the differences up meanwhile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { AnomalyFilters } from "@touchstone/core/routes/anomalies";
import { ruleByType, RULES } from "@touchstone/core/rules/index";
import { checkWeight } from "@touchstone/core/scores/weight";
import { addAnomaly, addStock, type Stock } from "../trial/stock.ts";
import { insertCheck } from "../trial/objects.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { chance } from "../work/simulation.ts";
import { isPlain } from "./anomaly-filters.ts";
import { anomalyTotal } from "./anomaly-totals.ts";
import { addUpTallies } from "./tallies.ts";

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

const STATUSES = ["Active", "Acknowledged", "Resolved", "Duplicate"];

/** That something which the check `k` has its tags from was tagged otherwise just now. */
const MARKED = `EXISTS (SELECT FROM retagged r WHERE (r.noun, r.object_id) IN (('check', k.id), ('container', k.container_id), ('datastore', k.datastore_id)))`;

/** What is kept, and what counting gives instead. */
const KEPT: Readonly<Record<string, { kept: string; counted: string }>> = {
  "anomalies of containers": {
    kept: "SELECT datastore_id, container_id, type, status, sum(count) AS n FROM anomaly_tally GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0",
    counted: "SELECT datastore_id, container_id, type, status, count(*) AS n FROM anomaly GROUP BY 1, 2, 3, 4",
  },
  "anomalies of datastores": {
    kept: "SELECT datastore_id, type, status, sum(count) AS n FROM datastore_anomaly_tally GROUP BY 1, 2, 3 HAVING sum(count) <> 0",
    counted: "SELECT datastore_id, type, status, count(*) AS n FROM anomaly GROUP BY 1, 2, 3",
  },
  "checks of datastores": {
    kept: "SELECT datastore_id, status, last_status, sum(count) AS n FROM datastore_check_tally GROUP BY 1, 2, 3 HAVING sum(count) <> 0",
    counted: `SELECT c.datastore_id, k.status, k.last_status, count(*) AS n FROM "check" k JOIN container c ON c.id = k.container_id GROUP BY 1, 2, 3`,
  },
  "open anomalies of checks": {
    kept: `SELECT k.id, k.open_kept + coalesce((SELECT sum(t.count) FROM check_tally t WHERE t.check_id = k.id), 0) AS n FROM "check" k`,
    counted: `SELECT k.id, (SELECT count(*) FROM failed_check f JOIN anomaly a ON a.id = f.anomaly_id
      WHERE f.check_id = k.id AND a.status IN ('Active', 'Acknowledged')) AS n FROM "check" k`,
  },
  "tags of checks to which nothing happened just now": {
    kept: `SELECT id, tags_kept FROM "check" k WHERE NOT ${MARKED}`,
    counted: `SELECT k.id, coalesce((SELECT sum(t.weight_modifier) FROM (SELECT DISTINCT t.id, t.weight_modifier FROM tag t JOIN tag_link l ON l.tag_id = t.id
      WHERE (l.noun, l.object_id) IN (('check', k.id), ('container', k.container_id), ('datastore', k.datastore_id))) t), 0) FROM "check" k WHERE NOT ${MARKED}`,
  },
  "weights of checks": {
    kept: `SELECT id, weight_kept - tags_kept FROM "check"`,
    counted: `SELECT id, rule_weight(rule_type) + CASE WHEN inferred THEN CASE WHEN open_kept > 0 THEN 6 ELSE 0 END
      ELSE CASE WHEN open_kept > 0 THEN 12 ELSE 9 END END FROM "check"`,
  },
};

const differences = async (): Promise<unknown[]> => {
  const wrong: unknown[] = [];
  for (const [name, { kept, counted }] of Object.entries(KEPT)) {
    const texts = (query: string) => sql`SELECT q::text AS row FROM (${sql.raw(query)}) q`;
    const { rows } = await sql`(${texts(kept)} EXCEPT ${texts(counted)}) UNION ALL (${texts(counted)} EXCEPT ${texts(kept)})`.execute(
      trial.store.db,
    );
    if (rows.length > 0) wrong.push({ name, rows });
  }
  return wrong;
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
  (_, __, random) =>
    sql`UPDATE "check" SET status = ${random() < 0.5 ? "Active" : "Draft"}, inferred = NOT inferred, last_status = ${random() < 0.5 ? "failed" : null}
      WHERE id % 2 = ${Math.floor(random() * 2)}`.execute(trial.store.db),
  (_, __, random) =>
    sql`INSERT INTO tag_link (tag_id, noun, object_id) SELECT t.id, noun, object.id FROM tag t,
      (SELECT 'check' AS noun, id FROM "check" UNION ALL SELECT 'container', id FROM container UNION ALL SELECT 'datastore', id FROM datastore) object
      WHERE (object.id + t.id) % 7 = ${Math.floor(random() * 7)} ON CONFLICT DO NOTHING`.execute(trial.store.db),
  (_, __, random) => sql`DELETE FROM tag_link WHERE (object_id + tag_id) % 5 = ${Math.floor(random() * 5)}`.execute(trial.store.db),
  (_, __, random) =>
    sql`UPDATE tag SET weight_modifier = ${Math.floor(random() * 9) - 4} WHERE id % 2 = ${Math.floor(random() * 2)}`.execute(
      trial.store.db,
    ),
  (stock) => insertCheck(trial.store.db, stock.orders, { rule_type: "between", fields: ["price"] }),
  () => addUpTallies(trial.store.db),
  () => addUpTallies(trial.store.db, 0),
];

test("chance does whatever can be done, and the totals stay right", async () => {
  const random = chance(5);
  const stock = await addStock(trial, "counted");
  const checks = [];
  for (const rule_type of ["notNull", "unique", "isEmail"])
    checks.push(await insertCheck(trial.store.db, stock.orders, { rule_type, fields: ["email"] }));
  for (const name of ["one", "two", "three"])
    await trial.store.db.insertInto("tag").values({ name, weight_modifier: name.length, category: null }).execute();
  for (let i = 0; i < 90; i++) {
    await acts[random() < 0.5 ? 0 : Math.floor(random() * acts.length)]!(stock, checks, random);
    if (i % 10 === 0) assert.deepEqual(await differences(), [], `after ${i} acts`);
  }
  assert.deepEqual(await differences(), []);
  await addUpTallies(trial.store.db, 0);
  assert.deepEqual(await differences(), []);
  const { rows } = await sql<{ left: number; kept: number; weighted: number }>`
    SELECT (SELECT count(*)::int FROM check_tally) + (SELECT count(*)::int FROM retagged) AS left, (SELECT sum(open_kept)::int FROM "check") AS kept,
      (SELECT count(*)::int FROM "check" WHERE tags_kept <> 0) AS weighted`.execute(trial.store.db);
  assert.equal(rows[0]!.left, 0);
  assert.ok(rows[0]!.kept > 0 && rows[0]!.weighted > 0);
});

test("the store weighs rules as the catalogue does, and a kept weight is that of a check by what is kept beside it", async () => {
  const { db } = trial.store;
  const types = [...RULES.map(({ type }) => type), "neverHeardOf"];
  for (const rule_type of types) {
    const { rows } = await sql<{ weight: number }>`SELECT rule_weight(${rule_type}) AS weight`.execute(db);
    assert.equal(rows[0]?.weight, ruleByType(rule_type)?.weight ?? 1, rule_type);
  }
  for (const check of await db.selectFrom("check").select(["rule_type", "inferred", "open_kept", "tags_kept", "weight_kept"]).execute())
    assert.equal(check.weight_kept, checkWeight({ ...check, anomalous_records: check.open_kept }, [check.tags_kept]));
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
  const first = await db.selectFrom("check").orderBy("id").select("id").executeTakeFirstOrThrow();
  const { container_id } = await db.selectFrom("anomaly").orderBy("id").select("container_id").executeTakeFirstOrThrow();
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
  const lines = async (query: string) =>
    ((await trial.ask("GET", `/quality-checks?${query.includes("size=") ? "" : "size=1000&"}${query}`)).body as { items: Line[] }).items;
  const datastores = [...new Set((await lines("")).map(({ datastore }) => datastore.id))];
  const orders = ["sort_weight=desc", "sort_weight=asc", "sort_anomalies=desc", "sort_anomalies=asc&sort_created=desc"];
  const compare = async (when: string): Promise<void> => {
    for (const order of [...orders, "sort_anomalies=desc&sort_weight=asc"]) {
      const all = await lines(order);
      assert.deepEqual(all, await lines(`${order}&${datastores.map((id) => `datastore=${id}`).join("&")}`), `${order}, ${when}`);
      assert.ok(new Set(all.map(({ weight }) => weight)).size > 2, "weights differ");
      const paged = [];
      for (let page = 1; page <= all.length; page++) paged.push(...(await lines(`${order}&size=1&page=${page}`)));
      assert.deepEqual(paged, all, `${order}, page by page, ${when}`);
    }
  };
  await compare("as they were added up");
  // What happens now is counted at once, long before it is added up.
  await addAnomaly(trial, { datastore: datastores[0]! }, container_id, [first.id]);
  await compare("with something that happened just now");
  await addUpTallies(db);
  await compare("when that is added up");
  const marks = async () => (await db.selectFrom("retagged").select("noun").execute()).length;
  assert.ok((await marks()) > 0, "tags wait until nobody can be under way any more who has not seen them");
  await addUpTallies(db, 0);
  assert.equal(await marks(), 0);
  await compare("when the tags are taken in");
  await db.updateTable("tag").set({ weight_modifier: -7 }).where("name", "like", "tag of%").execute();
  await compare("with tags that weigh otherwise");
  await addUpTallies(db, 0);
  await compare("when that is taken in");
});

test("the tags of more checks than one statement takes in are taken in, of all of them", async () => {
  const { db } = trial.store;
  const stock = await addStock(trial, "wide");
  await sql`INSERT INTO "check" (container_id, uid, rule_type, fields)
    SELECT ${stock.orders}, 'wide-' || n, 'notNull', '[]' FROM generate_series(1, 4500) n`.execute(db);
  const { id } = await db
    .insertInto("tag")
    .values({ name: "wide", weight_modifier: -3, category: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  const rows = async () => (await db.selectFrom("check").where("datastore_id", "=", stock.datastore).select("tags_kept").execute()).length;
  const weighted = async () =>
    (await db.selectFrom("check").where("datastore_id", "=", stock.datastore).where("tags_kept", "=", -3).select("id").execute()).length;
  await db.insertInto("tag_link").values({ tag_id: id, noun: "datastore", object_id: stock.datastore }).execute();
  assert.equal(await weighted(), 0);
  await addUpTallies(db, 0);
  assert.equal(await weighted(), await rows());
  await db.deleteFrom("tag").where("id", "=", id).execute();
  await addUpTallies(db, 0);
  assert.equal(await weighted(), 0);
  assert.deepEqual(await db.selectFrom("retagged").selectAll().execute(), []);
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
