/**
 * Queries that are asked with every page, with other values each time: built and compiled once in this process, and parsed and planned
 * once by each connection of a server (docs/decisions/0027-a-page-costs-few-statements.md). What differs must be values: a list of
 * ids is one array. They name the columns they read: a plan that is kept must not change what it gives when a migration adds one.
 */
import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import type { PoolClient } from "pg";
import type { Database } from "./database.ts";

/** Names of the statements, by their text. */
const NAMES = new Map<string, string>();

/** A value that is given when the query is asked. */
type Given = RawBuilder<unknown>;

/**
 * `types` are the values that it takes, with what they are to the store; `build` puts them in their places. What it answers is what the
 * built query would.
 */
export const prepared = <K extends string, O>(
  types: Readonly<Record<K, string>>,
  build: (db: Database, given: (name: K) => Given) => { compile: () => CompiledQuery<O> },
): ((db: Database, values: Readonly<Record<K, unknown>>) => Promise<O[]>) => {
  let compiled: CompiledQuery<O> | null = null;
  const places = new Map<unknown, K>();
  const compile = (db: Database): CompiledQuery<O> => {
    const query = build(db, (name) => {
      const place = { name };
      places.set(place, name);
      return sql`${place}::${sql.raw(types[name])}`;
    }).compile();
    NAMES.set(query.sql, `statement_${NAMES.size + 1}`);
    return query;
  };
  return async (db, values) => {
    compiled ??= compile(db);
    const parameters = compiled.parameters.map((constant) => {
      const name = places.get(constant);
      return name === undefined ? constant : values[name];
    });
    const query: CompiledQuery<O> = { ...compiled, parameters };
    return (await db.executeQuery<O>(query)).rows;
  };
};

/** What `query` of a connection is called with, so that a statement that has a name is kept under it. */
const named = ([text, values, ...rest]: readonly unknown[]): unknown[] => {
  const name = typeof text === "string" ? NAMES.get(text) : undefined;
  return name === undefined ? [text, values, ...rest] : [{ name, text, values }, ...rest];
};

/** Makes a new connection of a pool keep the plans of prepared statements. */
export const keepPlans = (client: PoolClient): void => {
  const query = client.query.bind(client);
  Object.assign(client, { query: (...asked: unknown[]) => Reflect.apply(query, client, named(asked)) });
};
