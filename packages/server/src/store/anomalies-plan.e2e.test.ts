/**
 * What reading the anomalies of one container costs on a store that holds many: the plans of the real queries, on the real
 * engine, read only what is asked for, and so do those of every route that answers. Held by EXPLAIN, not by the clock.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CompiledQuery, Kysely, PGliteDialect, PostgresDialect, sql, type RawBuilder } from "kysely";
import { z } from "zod";
import { AnomalyFilters } from "@touchstone/core/routes/anomalies";
import { CheckFilters } from "@touchstone/core/routes/checks";
import type { Routes } from "@touchstone/core/routes/contract";
import { API } from "@touchstone/core/routes/index";
import { requestFor, type Ids } from "../http/examples.ts";
import { insertContainer, insertDatastore } from "../trial/objects.ts";
import { trialStore } from "../trial/store.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { anomalyLines, anomalyOrder, anomalyRows } from "./anomalies.ts";
import { anomalyConditions } from "./anomaly-conditions.ts";
import { checkConditions, checkOrder, checkRows } from "./checks.ts";
import type { Store } from "./database.ts";
import { surroundingsOfAnomalies } from "./surroundings.ts";
import { addUpTallies } from "./tallies.ts";

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
  await sql`INSERT INTO "user" (email, name, role, kind) VALUES ('a@example.org', 'A', 'Member', 'person')`.execute(db);
  await sql`INSERT INTO anomaly_assignee (anomaly_id, user_id) SELECT a.id, u.id FROM anomaly a, "user" u WHERE a.id % 10 = 0`.execute(db);
  await sql`INSERT INTO "user" (email, name, role, kind) VALUES ('b@example.org', 'B', 'Member', 'person')`.execute(db);
  await sql`INSERT INTO anomaly_assignee (anomaly_id, user_id) SELECT a.id, u.id FROM anomaly a, "user" u WHERE a.id % 5000 = 0 AND u.name = 'B'`.execute(
    db,
  );
  await sql`INSERT INTO tag (name) VALUES ('rare')`.execute(db);
  await sql`INSERT INTO tag_link (tag_id, noun, object_id) SELECT t.id, 'check', f.check_id FROM tag t, failed_check f WHERE t.name = 'rare' AND f.anomaly_id = 1`.execute(
    db,
  );
  await sql`INSERT INTO operation (type, datastore_id) SELECT 'scan', ${datastore} FROM generate_series(1, 10)`.execute(db);
  await sql`INSERT INTO assertion (check_id, operation_id, status) SELECT k.id, o.id, 'passed' FROM "check" k, operation o`.execute(db);
  await sql`ANALYZE`.execute(db);
});
after(async () => {
  await (await open)?.trial.close();
  await store.close();
});

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

/** What a plan reads of the tables that grow, rows that it throws away included. */
const readBy = (explained: unknown): { scans: string[]; rows: number } => {
  const [{ Plan: plan }] = z.tuple([z.object({ Plan })]).parse(explained);
  const nodes = nodesOf(plan).filter(({ table }) => table !== null && GROWING.includes(table));
  return {
    scans: nodes.filter(({ type }) => type === "Seq Scan").map(({ table }) => table!),
    rows: Math.max(0, ...nodes.map(({ rows }) => rows)),
  };
};

type Explained = { explain: (format: "json", options: RawBuilder<unknown>) => Promise<Record<string, unknown>[]> };

const readOf = async (query: Explained): Promise<{ scans: string[]; rows: number }> => {
  const [row] = await query.explain("json", sql`analyze`);
  return readBy(Object.values(row ?? {})[0]);
};

const lines = async (given: object, order: Parameters<typeof anomalyOrder>[0] = {}) => {
  const filters = AnomalyFilters.parse({ container: [container], ...given });
  let query = anomalyLines(store.db);
  for (const condition of await anomalyConditions(store.db, filters, "all", new Date())) query = query.where(condition);
  for (const by of anomalyOrder(order, filters)) query = query.orderBy(by);
  return query;
};

const cases: { name: string; query: () => Explained | Promise<Explained> }[] = [
  { name: "the open ones, a page", query: async () => (await lines({})).limit(50) },
  {
    name: "how many there are",
    query: async () =>
      (await lines({}))
        .clearSelect()
        .clearOrderBy()
        .select(sql<number>`count(*)`.as("total")),
  },
  { name: "all of them by weight", query: async () => (await lines({ archived: "include" }, { sort_weight: "desc" })).limit(50) },
  { name: "the oldest first", query: async () => (await lines({ archived: "include" }, { sort_created: "asc" })).limit(50) },
  { name: "a late page", query: async () => (await lines({ archived: "include" })).limit(50).offset(150) },
  { name: "of a rule", query: async () => (await lines({ rule_type: ["notNull"] })).limit(50) },
  { name: "of a field", query: async () => (await lines({ field: ["a"] })).limit(50) },
  { name: "since yesterday", query: async () => (await lines({ timeframe: "1" })).limit(50) },
  { name: "with a tag", query: async () => (await lines({ tag: ["none"] })).limit(50) },
  {
    name: "of a check",
    query: async () => {
      const { id } = await store.db
        .selectFrom("check")
        .where("container_id", "=", container)
        .select("id")
        .limit(1)
        .executeTakeFirstOrThrow();
      return (await lines({ quality_check: [String(id)], container: undefined })).limit(50);
    },
  },
  {
    name: "all about a page",
    query: async () => {
      const page = await (await lines({})).limit(50).execute();
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

/** In all containers: what another table tells is looked up there. */
const FEW = 2 * PER_CONTAINER;
for (const [name, given] of [
  ["of somebody", { assignee: ["2"] }],
  ["with a tag that checks carry", { tag: ["Rare"] }],
] as const)
  test(`${name}: nothing of others is read`, async () => {
    const query = await lines({ ...given, container: undefined, archived: "include" });
    assert.ok((await query.execute()).length > 5);
    const { scans, rows } = await readOf(query.limit(50));
    assert.deepEqual(scans, []);
    assert.ok(rows <= FEW, `${rows} rows were read`);
  });

test("the measure sees what it is for: without a container everything is read", async () => {
  const query = anomalyLines(store.db).where("anomaly.message", "=", "nowhere");
  assert.deepEqual(await readOf(query), { scans: ["anomaly"], rows: TOTAL });
});

test("what stands around a page is that of its anomalies", async () => {
  const page = await (await lines({})).limit(50).execute();
  const ids = page.map(({ id }) => id);
  const around = await surroundingsOfAnomalies(store.db, ids);
  assert.deepEqual([...around.keys()].toSorted(), ids.toSorted());
  assert.ok([...around.values()].every(({ failed }) => failed.length === 1));
});

/** The same store, which tells what it is asked. */
const watched = (told: CompiledQuery[]): Store => {
  const { backend } = store;
  const dialect = backend.kind === "embedded" ? new PGliteDialect({ pglite: backend.pglite }) : new PostgresDialect({ pool: backend.pool });
  return { ...store, db: new Kysely({ dialect, log: ({ query }) => void told.push(query) }) };
};

type Asked = { told: CompiledQuery[]; trial: Trial };
let open: Promise<Asked> | null = null;
/** A control plane over that store, and what it asks it. */
const asked = (): Promise<Asked> => {
  const told: CompiledQuery[] = [];
  open ??= openTrial({ store: watched(told) }).then((trial) => ({ told, trial }));
  return open;
};

const isAboutFindings = (query: string): boolean =>
  /^\s*(select|with)\b/i.test(query) && GROWING.some((table) => new RegExp(`\\b${table}\\b`).test(query));

/** Rows that a route may read: of a container those it has, of a list without one those of the checks on a page. */
const rowsMax = (name: string, isNarrow: boolean): number => ROWS_MAX[name] ?? (isNarrow ? 2 * PER_CONTAINER : 5_000);
/** What is longer by what it is: the newest events of all, and ten thousand lines, of which every second anomaly is one. */
const ROWS_MAX: Readonly<Record<string, number>> = { "activity.list": 12_000, "anomalies.listing": 25_000 };

/** Lists of all checks, whatever they are narrowed to and ordered by: what they show of anomalies is kept, none is read. */
const CHECK_LISTS = [
  "",
  "?sort_weight=desc",
  "?sort_weight=desc&page=3",
  "?sort_anomalies=desc",
  "?asserted_state=not_asserted",
  "?status=Draft",
];

test("lists of all checks read no anomaly, and in the order of what was found few checks", async () => {
  const { told, trial } = await asked();
  await addUpTallies(store.db);
  for (const query of CHECK_LISTS) {
    told.length = 0;
    const { status, body } = await trial.ask("GET", `/quality-checks${query}`);
    assert.equal(status, 200);
    assert.ok(query.includes("Draft") || z.object({ total: z.number() }).parse(body).total > CONTAINERS, query);
    const about = told.filter((one) => isAboutFindings(one.sql)).map((one) => one.sql);
    // What stands around a page names no anomaly either.
    assert.deepEqual(about, [], query);
    const ordered = told.filter((one) => one.sql.includes("standing"));
    assert.equal(ordered.length, query.includes("sort_") ? 1 : 0, query);
    for (const { sql: text, parameters } of ordered) {
      const { rows } = await store.db.executeQuery<Record<string, unknown>>(
        CompiledQuery.raw(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...parameters]),
      );
      const [{ Plan: plan }] = z.tuple([z.object({ Plan })]).parse(Object.values(rows[0] ?? {})[0]);
      for (const { rows: some } of nodesOf(plan).filter(({ table }) => table === "check"))
        assert.ok(some <= 200, `${query} reads ${some} checks`);
    }
  }
});

test("every route that answers reads what it is asked for, whatever else there is", async () => {
  const { told, trial } = await asked();
  const { db } = store;
  const check = await db.selectFrom("check").where("container_id", "=", container).select("id").limit(1).executeTakeFirstOrThrow();
  const anomaly = await db.selectFrom("anomaly").where("container_id", "=", container).select("id").limit(1).executeTakeFirstOrThrow();
  const datastore = await db.selectFrom("container").where("id", "=", container).select("datastore_id").executeTakeFirstOrThrow();
  const ids: Ids = { container, check: check.id, "quality-check": check.id, anomaly: anomaly.id, datastore: datastore.datastore_id };
  const wrong: string[] = [];
  let explained = 0;
  for (const [noun, routes] of Object.entries<Routes>(API))
    for (const [verb, route] of Object.entries(routes)) {
      if (route.method !== "GET" || route.stream === true || route.needs.kind === "provisioning") continue;
      const name = `${noun}.${verb}`;
      const { path } = requestFor(route, ids, undefined);
      const takesContainer = route.query !== undefined && "container" in route.query.shape;
      const narrowed = takesContainer ? `${path}${path.includes("?") ? "&" : "?"}container=${container}` : path;
      for (const asked of new Set([path, narrowed])) {
        told.length = 0;
        const { status } = await trial.ask("GET", asked);
        assert.ok(status < 500 || status === 503, `${name}: ${status}`);
        for (const { sql: text, parameters } of told.filter((query) => isAboutFindings(query.sql))) {
          const { rows } = await db.executeQuery<Record<string, unknown>>(
            CompiledQuery.raw(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...parameters]),
          );
          const { scans, rows: read } = readBy(Object.values(rows[0] ?? {})[0]);
          explained++;
          if (scans.length > 0 || read > rowsMax(name, asked !== path || path.includes(`/${container}`)))
            wrong.push(
              `${asked} (${name}) reads ${read} rows${scans.length > 0 ? `, ${scans.join()} from end to end` : ""}: ${text.slice(0, 300)}`,
            );
        }
      }
    }
  assert.deepEqual(wrong, []);
  assert.ok(explained > 20, `${explained} queries were looked at`);
});
