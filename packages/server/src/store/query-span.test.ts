/** What is told of a query: its kind and its table; values and text stay here. Queries are compiled, not run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql, type CompiledQuery } from "kysely";
import { querySpan } from "./query-span.ts";
import type { Tables } from "./tables.ts";

const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (own) => new PostgresIntrospector(own),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

const SECRET = "zq canary";
const byName = db.selectFrom("team").where("name", "=", SECRET);

test("queries of every kind, by kind and table", () => {
  const cases: [CompiledQuery, string][] = [
    [byName.selectAll().compile(), "SELECT team"],
    [db.selectFrom("user as u").innerJoin("token", "token.user_id", "u.id").select("u.id").compile(), "SELECT user"],
    [db.selectFrom(byName.selectAll().as("inner")).selectAll().compile(), "SELECT team"],
    [db.insertInto("setting").values({ name: SECRET, value: "1" }).compile(), "INSERT setting"],
    [db.updateTable("check").set({ description: SECRET }).where("id", "=", 1).compile(), "UPDATE check"],
    [db.deleteFrom("session").where("how", "=", SECRET).compile(), "DELETE session"],
    [sql`SELECT pg_advisory_xact_lock(${SECRET})`.compile(db), "SELECT"],
    [sql`  (WITH x AS (SELECT ${SECRET}) SELECT * FROM x)`.compile(db), "WITH"],
    [sql.raw(`/* ${SECRET} */ VACUUM`).compile(db), "SQL"],
  ];
  for (const [query, name] of cases) {
    const span = querySpan({ level: "query", query, queryDurationMillis: 12 });
    assert.deepEqual([span.name, span.seconds, span.failed], [name, 0.012, false]);
    assert.ok(!JSON.stringify(span).includes(SECRET), name);
  }
  const failed = querySpan({ level: "error", query: cases[0]![0], queryDurationMillis: 1, error: new Error(SECRET) });
  assert.ok(failed.failed && !JSON.stringify(failed).includes(SECRET));
});
