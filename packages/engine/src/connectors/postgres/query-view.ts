/** A query over what a Postgres session can read, opened as if it were a view of the schema. */
import type { OpenOptions, QueryView } from "../connector.ts";
import { containerOf, typesOf, type Table } from "./catalog.ts";
import { countRows, relationOf } from "./relation.ts";
import type { PostgresSession } from "./session.ts";

/** Opens it, or a sample of it. Throws QUERY_FAILED. */
export const viewOfQuery = async (
  { session, describe }: Pick<PostgresSession, "session" | "describe">,
  name: string,
  query: string,
  { sampleRows, ...options }: OpenOptions,
): Promise<QueryView> => {
  const described = await describe(query, options);
  const natives = await typesOf(session, described, options);
  const columns = described.map((column, i) => ({
    name: column.name,
    native: natives[i]!,
    nullable: true,
    counted: false,
    indexed: false,
    folding: false,
  }));
  const table: Table = { name, kind: "v", readable: true, rowsEstimated: 0, columns, keys: [], partitionKey: null };
  const source = { sql: `(${query})`, isQuery: true };
  const container = { ...containerOf(table), partitions: [], incremental_field: null };
  // Its times are in UTC already: what the query reads was read so.
  const whole = relationOf(source, table, "UTC", null);
  if (sampleRows === undefined) return { container, relation: whole };
  const recordsTotal = await countRows(session, whole.from, options.signal);
  if (recordsTotal <= sampleRows) return { container, relation: { ...whole, records: recordsTotal } };
  return { container, relation: { ...relationOf(source, table, "UTC", sampleRows / recordsTotal), recordsTotal } };
};
