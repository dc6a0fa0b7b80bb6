/** A sample as a table, so that every pass of a run sees the same rows. */
import type { Field } from "@touchstone/core/model/field";
import { duckdb } from "../../dialects/duckdb.ts";
import type { QueryOptions, Relation, Session } from "../connector.ts";

/** Fixed, so that the same source gives the same sample. */
const SEED = 42;
const HASH_RANGE = 2n ** 32n;

const countOf = async (session: Session, from: string, options: QueryOptions): Promise<number> => {
  const [row] = await session.query(`SELECT count(*) AS rows FROM ${from}`, options);
  return Number(row?.["rows"] ?? 0);
};

/** Predicate that is true for about `share` of the rows: of their ids where they have some, so that it repeats; else by chance. */
const chosen = (relation: Relation, share: number): string =>
  relation.rowId === null
    ? `random() < ${share}`
    : `(hash(${relation.rowId}, ${SEED}) >> 32) < ${BigInt(Math.ceil(share * Number(HASH_RANGE)))}`;

/**
 * A uniform sample of about `rows` rows, in the order of the source; the relation itself when it has no more.
 * Row ids, record numbers and partitions are those of the whole.
 */
export const sampled = async (
  session: Session,
  relation: Relation,
  fields: readonly Field[],
  table: string,
  rows: number,
  options: QueryOptions = {},
): Promise<Relation> => {
  const total = relation.records ?? (await countOf(session, relation.from, options));
  if (total <= rows) return relation;
  const helpers = [relation.rowId, relation.rowNumber, relation.partition].filter((helper) => helper !== null);
  const columns = [...fields.map((field) => duckdb.quote(field.name)), ...helpers];
  await session.run(
    `CREATE OR REPLACE TABLE ${table} AS SELECT ${columns.join(", ")} FROM ${relation.from} WHERE ${chosen(relation, rows / total)}`,
    options,
  );
  const { rowId } = relation;
  return {
    ...relation,
    from: table,
    fromOnly: undefined,
    rowsIn: rowId === null ? null : (ids) => (ids.length === 0 ? "false" : `${rowId} IN (${ids.join(", ")})`),
    records: await countOf(session, table, options),
    recordsTotal: total,
  };
};
