/** The same rows in DuckDB and in Postgres have the same profile. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { Profile, type FieldProfile } from "@touchstone/core/model/profile";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../conformance/embedded-postgres.ts";
import type { Datastore } from "../connectors/connector.ts";
import { connect } from "../connectors/index.ts";
import { profileContainer } from "./profile.ts";

/** Statements both engines understand. */
const SMALL = `CREATE TABLE small AS SELECT * FROM (VALUES
  (CAST(1 AS bigint), CAST(1.5 AS double precision), CAST('12.50' AS numeric(10,2)), CAST('a' AS text), true, DATE '2024-01-01', TIMESTAMP '2024-01-01 00:00:00.25', CAST(NULL AS text)),
  (9223372036854775807, 'NaN', 0, 'Zebra', false, DATE '9999-12-31', TIMESTAMP '1969-12-31 23:59:59', NULL),
  (-9223372036854775807, 'Infinity', -3.25, '  ', NULL, DATE '2024-01-03', TIMESTAMP '2024-01-03 00:00:00', NULL),
  (1, '-Infinity', NULL, '', true, NULL, NULL, NULL),
  (NULL, -0.5, 12.5, 'é12', true, DATE '2024-01-03', TIMESTAMP '2024-01-03 00:00:00', NULL),
  (NULL, 1e300, 12.5, '2024-02-29', true, DATE '2024-01-03', TIMESTAMP '2024-01-03 00:00:00', NULL)
) v(whole, fraction, price, word, flag, day, moment, nothing)`;

/** More than value counts hold: the look-ahead, the shared scan and the groupings. */
const LARGE = `CREATE TABLE large AS SELECT i AS "the ""id", sqrt(CAST(i AS double precision)) - 50 AS fraction,
  CAST(i % 20500 AS numeric(12,2)) / 4 AS price, 'K' || CAST(i % 20200 AS text) AS code, CASE WHEN i % 3 = 0 THEN CAST(i AS text) ELSE ' ' END AS sparse,
  TIMESTAMP '2024-01-01' + i * INTERVAL '1 minute' AS moment, DATE '1900-01-01' + CAST(i AS integer) AS day
  FROM generate_series(0, 20999) s(i)`;

const folder = mkdtempSync(join(tmpdir(), "touchstone-profile-postgres-"));
let server: EmbeddedPostgres;
let stores: Datastore[] = [];

before(async () => {
  const path = join(folder, "same.duckdb");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  server = await startEmbeddedPostgres();
  for (const statement of [SMALL, LARGE]) {
    await connection.run(statement);
    await server.admin(statement);
  }
  connection.closeSync();
  instance.closeSync();
  stores = [await connect([path], { memory: "500MB" }), await connect([server.url])];
});

after(async () => {
  for (const store of stores) await store.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const profile = async (store: Datastore, table: string, masked: boolean): Promise<Profile> => {
  const found = (await store.sync()).containers.find(({ name }) => name === table || name.endsWith(`.${table}`));
  assert.ok(found, table);
  const container = { ...found, fields: found.fields.map((field) => ({ ...field, masked })) };
  const { relation } = await store.open(container);
  return Profile.parse(await profileContainer(store, container, relation, { now: "2026-01-01T00:00:00.000Z" }));
};

/** Sums differ in their last bits with the order of addition. */
const rounded = (value: unknown): unknown => {
  if (typeof value === "number") return Number(value.toPrecision(9));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
  return value;
};

/** What a look-ahead of other rows may tell differently; all else must be equal. */
const FROM_SAMPLE = ["quantiles", "q1", "median", "q3", "patterns"] as const satisfies (keyof FieldProfile)[];

const comparable = (field: FieldProfile, estimates: boolean): unknown => {
  const { native_type: _, ...rest } = field;
  return rounded(estimates ? { ...rest, ...Object.fromEntries(FROM_SAMPLE.map((name) => [name, null])) } : rest);
};

const check = (table: string, masked: boolean): void => {
  test(`${table}${masked ? ", masked" : ""}`, async () => {
    const [duckdb, postgres] = [await profile(stores[0]!, table, masked), await profile(stores[1]!, table, masked)];
    assert.equal(postgres.records, duckdb.records);
    for (const [i, field] of duckdb.fields.entries()) {
      const other = postgres.fields[i]!;
      assert.deepEqual(comparable(other, field.estimated.length > 0), comparable(field, field.estimated.length > 0), field.name);
      for (const [j, [p, value]] of field.quantiles.entries()) {
        const spread = field.quantiles.at(-1)![1] - field.quantiles[0]![1];
        assert.ok(
          Math.abs(other.quantiles[j]![1] - value) <= spread * 0.005,
          `${field.name} at ${p}: ${other.quantiles[j]![1]} is not ${value}`,
        );
      }
    }
  });
};

check("small", false);
check("small", true);
check("large", false);
