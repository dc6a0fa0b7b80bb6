/** tables.ts says of the schema what the schema is: every table and column, its kind, whether it may be empty, and whether it fills itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { trialStore } from "../trial/store.ts";
import type { Store } from "./database.ts";

let store: Store;
before(async () => void (store = await trialStore()));
after(() => store.close());

type Column = { kind: string; nullable: boolean; fills: boolean };

const source = ["tables.ts", "sign-in-tables.ts", "work-tables.ts"]
  .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
  .join("\n")
  .replaceAll(/\/\*[\s\S]*?\*\//g, "");

/** Kinds of columns of the database, as types of columns.ts say them. */
const KINDS: readonly [RegExp, string][] = [
  [/^(Time|TimeOrNull|Defaulted<Date>)$/, "time"],
  [/^(Json|JsonOr)</, "json"],
  [/\bboolean\b/, "boolean"],
  [/\bnumber\b/, "number"],
  [/\bstring\b/, "text"],
];

const said = (type: string): Column => ({
  kind: KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? type,
  nullable: type === "TimeOrNull" || type.endsWith("| null"),
  fills: /^(Generated|Defaulted|JsonOr)</.test(type),
});

const bodyOf = (name: string): string =>
  new RegExp(`export type ${name} = (?:\\w+ &\\s+)*\\{([\\s\\S]*?)\\}[;\\n]`).exec(source)?.[1] ?? "";
const members = (body: string): [string, string][] =>
  body.split(";").flatMap((line) => {
    const [, name, type] = /^\s*(\w+): ([\s\S]+?)\s*$/.exec(line) ?? [];
    return name === undefined || type === undefined ? [] : [[name, type]];
  });

const inTypes = (): Map<string, Map<string, Column>> =>
  new Map(
    ["Tables", "SignInTables", "WorkTables"]
      .flatMap((all) => members(bodyOf(all)))
      .map(([table, type]) => [table, new Map(members(bodyOf(type)).map(([name, column]) => [name, said(column)]))]),
  );

const KIND_OF_TYPE: Readonly<Record<string, string>> = {
  "timestamp with time zone": "time",
  jsonb: "json",
  boolean: "boolean",
  bigint: "number",
  integer: "number",
  smallint: "number",
  "double precision": "number",
  text: "text",
  uuid: "text",
};

const inSchema = async (): Promise<Map<string, Map<string, Column>>> => {
  const { rows } = await sql<{ table: string; name: string; type: string; nullable: boolean; fills: boolean }>`
    SELECT c.table_name AS "table", c.column_name AS name, c.data_type AS type, c.is_nullable = 'YES' AS nullable,
      c.column_default IS NOT NULL OR c.is_identity = 'YES' AS fills
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'kysely%'`.execute(store.db);
  return new Map(
    [...Map.groupBy(rows, ({ table }) => table)].map(([table, columns]) => [
      table,
      new Map(columns.map(({ name, type, nullable, fills }) => [name, { kind: KIND_OF_TYPE[type] ?? type, nullable, fills }])),
    ]),
  );
};

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));

test("the types and the schema are the same", async () => {
  const [types, schema] = [inTypes(), await inSchema()];
  assert.deepEqual(
    sorted(types).map(([table]) => table),
    sorted(schema).map(([table]) => table),
  );
  for (const [table, columns] of types) {
    const real = schema.get(table)!;
    // What the database fills by itself may be given nevertheless.
    const expected = sorted(columns).map(([name, column]) => [name, { ...column, fills: column.fills || real.get(name)?.fills === true }]);
    assert.deepEqual(sorted(real), expected, table);
  }
});

test("the reader of types sees what it is for", () => {
  const types = inTypes();
  assert.deepEqual(types.get("user")?.get("id"), { kind: "number", nullable: false, fills: true });
  assert.deepEqual(types.get("check")?.get("evidence"), { kind: "json", nullable: true, fills: false });
  assert.deepEqual(types.get("session")?.get("expires_at"), { kind: "time", nullable: false, fills: false });
  assert.ok([...types.values()].every((columns) => columns.size >= 2));
});
