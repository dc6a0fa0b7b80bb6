/**
 * What reading the anomalies of one container costs on a store that holds many: the plans of the real queries, on the real
 * engine, read only what is asked for. Held by EXPLAIN, not by the clock.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql, type RawBuilder } from "kysely";
import { z } from "zod";
import { AnomalyFilters } from "@touchstone/core/routes/anomalies";
import { CheckFilters } from "@touchstone/core/routes/checks";
import { insertContainer, insertDatastore } from "../trial/objects.ts";
import { trialStore } from "../trial/store.ts";
import { anomalyConditions, anomalyLines, anomalyOrder, anomalyRows, failedCheckRows } from "./anomalies.ts";
import { checkConditions, checkOrder, checkRows } from "./checks.ts";
import type { Store } from "./database.ts";

const CONTAINERS = 500;
const PER_CONTAINER = 200;
const TOTAL = CONTAINERS * PER_CONTAINER;

let store: Store;
let container: number;
before(async () => {
  store = await trialStore();
  const { db } = store;
  const datastore = await insertDatastore(db, "large");
  const { id: first } = await insertContainer(db, datastore, "t0", { a: "Integral" });
  container = first + Math.floor(CONTAINERS / 2);
  await sql`INSERT INTO container (datastore_id, name, container_type)
    SELECT ${datastore}, 't' || n, 'table' FROM generate_series(1, ${CONTAINERS - 1}) n`.execute(db);
  await sql`INSERT INTO "check" (container_id, uid, rule_type, fields)
    SELECT c.id, 'u' || n, 'notNull', '["a"]' FROM container c, generate_series(1, 4) n`.execute(db);
  await sql`INSERT INTO anomaly (uuid, datastore_id, container_id, type, status, fingerprint, message, fields, anomalous_records, weight)
    SELECT gen_random_uuid(), ${datastore}, ${first} + n % ${CONTAINERS}, 'record', (ARRAY['Active', 'Resolved'])[1 + (n / ${CONTAINERS}) % 2],
      md5((n / 2)::text), 'm', '["a"]', 1, n % 20 FROM generate_series(0, ${TOTAL - 1}) n`.execute(db);
  await sql`INSERT INTO failed_check (anomaly_id, check_id, version, message)
    SELECT a.id, k.id, 1, 'm' FROM anomaly a JOIN "check" k ON k.container_id = a.container_id AND k.uid = 'u' || (1 + a.id % 4)`.execute(
    db,
  );
  await sql`INSERT INTO anomaly_event (anomaly_id, kind) SELECT id, 'created' FROM anomaly`.execute(db);
  await sql`ANALYZE`.execute(db);
});
after(() => store.close());

type Node = { type: string; table: string | null; rows: number; children: Node[] };

const Plan: z.ZodType<Node> = z
  .object({
    "Node Type": z.string(),
    "Relation Name": z.string().optional(),
    "Actual Rows": z.number(),
    "Actual Loops": z.number(),
    "Rows Removed by Filter": z.number().optional(),
    "Rows Removed by Index Recheck": z.number().optional(),
    get Plans() {
      return z.array(Plan).optional();
    },
  })
  .transform((node) => ({
    type: node["Node Type"],
    table: node["Relation Name"] ?? null,
    rows:
      (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0)) * node["Actual Loops"],
    children: node.Plans ?? [],
  }));

/** Tables that grow with what is found; a scan of one from end to end reads the anomalies of everybody. */
const GROWING = ["anomaly", "failed_check", "anomaly_event", "anomaly_assignee", "assertion"];

const nodesOf = (node: Node): Node[] => [node, ...node.children.flatMap(nodesOf)];

type Explained = { explain: (format: "json", options: RawBuilder<unknown>) => Promise<Record<string, unknown>[]> };

/** What a query reads of the tables that grow, rows that it throws away included. */
const readOf = async (query: Explained): Promise<{ scans: string[]; rows: number }> => {
  const [row] = await query.explain("json", sql`analyze`);
  const [explained] = z.array(z.object({ Plan })).parse(Object.values(row ?? {})[0]);
  const nodes = nodesOf(explained!.Plan).filter(({ table }) => table !== null && GROWING.includes(table));
  return {
    scans: nodes.filter(({ type }) => type === "Seq Scan").map(({ table }) => table!),
    rows: Math.max(0, ...nodes.map(({ rows }) => rows)),
  };
};

const lines = (given: object, order: Parameters<typeof anomalyOrder>[0] = {}) => {
  const filters = AnomalyFilters.parse({ container: [container], ...given });
  let query = anomalyLines(store.db);
  for (const condition of anomalyConditions(store.db, filters, "all", new Date())) query = query.where(condition);
  for (const by of anomalyOrder(order)) query = query.orderBy(by);
  return query;
};

const cases: { name: string; query: () => Explained | Promise<Explained> }[] = [
  { name: "the open ones, a page", query: () => lines({}).limit(50) },
  {
    name: "how many there are",
    query: () =>
      lines({})
        .clearSelect()
        .clearOrderBy()
        .select(sql<number>`count(*)`.as("total")),
  },
  { name: "all of them by weight", query: () => lines({ archived: "include" }, { sort_weight: "desc" }).limit(50) },
  { name: "the oldest first", query: () => lines({ archived: "include" }, { sort_created: "asc" }).limit(50) },
  { name: "a late page", query: () => lines({ archived: "include" }).limit(50).offset(150) },
  { name: "of a rule", query: () => lines({ rule_type: ["notNull"] }).limit(50) },
  { name: "of a field", query: () => lines({ field: ["a"] }).limit(50) },
  { name: "since yesterday", query: () => lines({ timeframe: "1" }).limit(50) },
  { name: "with a tag", query: () => lines({ tag: ["none"] }).limit(50) },
  {
    name: "of a check",
    query: async () => {
      const { id } = await store.db
        .selectFrom("check")
        .where("container_id", "=", container)
        .select("id")
        .limit(1)
        .executeTakeFirstOrThrow();
      return lines({ quality_check: [String(id)], container: undefined }).limit(50);
    },
  },
  {
    name: "all about a page",
    query: async () => {
      const page = await lines({}).limit(50).execute();
      return anomalyRows(store.db).where(
        "anomaly.id",
        "in",
        page.map(({ id }) => id),
      );
    },
  },
  {
    name: "the same finding at other times",
    query: () =>
      anomalyLines(store.db).where("container_id", "=", container).where("fingerprint", "=", "f").orderBy("anomaly.id", "desc").limit(50),
  },
  {
    name: "the checks of the container by weight",
    query: () => {
      let query = checkRows(store.db);
      for (const condition of checkConditions(store.db, CheckFilters.parse({ container: [container] }), "all"))
        query = query.where(condition);
      for (const by of checkOrder({ sort_weight: "desc" })) query = query.orderBy(by);
      return query.limit(50);
    },
  },
];

for (const { name, query } of cases)
  test(`${name}: nothing of other containers is read`, async () => {
    const { scans, rows } = await readOf(await query());
    assert.deepEqual(scans, []);
    assert.ok(rows <= 2 * PER_CONTAINER, `${rows} rows were read`);
  });

test("the measure sees what it is for: without a container everything is read", async () => {
  const query = anomalyLines(store.db).where("anomaly.message", "=", "nowhere");
  assert.deepEqual(await readOf(query), { scans: ["anomaly"], rows: TOTAL });
});

test("failed checks of a page are looked up by anomaly", async () => {
  const page = await lines({}).limit(50).execute();
  const rows = await failedCheckRows(
    store.db,
    page.map(({ id }) => id),
  );
  assert.equal(rows.length, page.length);
});
