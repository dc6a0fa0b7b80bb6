/** A query over what a DuckDB session can read, opened as if it were a view of the source. */
import type { Container } from "@touchstone/core/model/container";
import { duckdb } from "../../dialects/duckdb.ts";
import type { OpenOptions, QueryView, Session } from "../connector.ts";
import { sampled } from "../files/sample.ts";
import { createView } from "../files/view.ts";
import { exposed, fieldOf, uniquelyNamed } from "./expose.ts";

const SAMPLE = `memory.main."sample of a query"`;

/** Opens it, or a sample of it. Naive timestamps are in UTC already: what the query reads was read so. Throws QUERY_FAILED. */
export const viewOfQuery = async (session: Session, name: string, query: string, options: OpenOptions): Promise<QueryView> => {
  const described = await session.query(`DESCRIBE SELECT * FROM (${query})`, options);
  const columns = uniquelyNamed(
    described.flatMap((row) => {
      const column = String(row["column_name"]);
      return exposed(column, String(row["column_type"]), duckdb.quote(column), "UTC");
    }),
  );
  const view = { container: name, columns, from: `(${query})`, rowId: null, rowNumber: null, partition: null, records: null };
  const whole = await createView(session, view);
  const container: Container = {
    name,
    kind: "view",
    fields: columns.map((column) => fieldOf(column)),
    keys: [],
    partitions: [],
    incremental_field: null,
    partition_field: null,
    rejected_lines: 0,
    modified_at: null,
  };
  const { sampleRows } = options;
  const relation = sampleRows === undefined ? whole : await sampled(session, whole, container.fields, SAMPLE, sampleRows, options);
  return { container, relation };
};
