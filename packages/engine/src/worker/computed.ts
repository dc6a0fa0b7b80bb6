/**
 * Computed tables: a query of the user over what the datastore holds, opened as if it were a table. Its text is the engine's own SQL,
 * so it runs only where it can be a subquery, in a session that can read this datastore and nothing else.
 */
import { userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { WorkContainer } from "@touchstone/core/model/dataplane";
import type { Datastore, QueryOptions, Relation } from "../connectors/connector.ts";
import { exposed, fieldOf, uniquelyNamed } from "../connectors/duckdb/expose.ts";
import { createView } from "../connectors/files/view.ts";
import { duckdb } from "../dialects/duckdb.ts";

export const isComputed = ({ container_type }: Pick<WorkContainer, "container_type">): boolean => container_type.startsWith("computed_");

type Definition = Pick<WorkContainer, "name" | "container_type" | "definition">;

const queryOf = ({ container_type, definition, name }: Definition, datastore: Datastore): string => {
  const query = definition["query"];
  if (container_type !== "computed_table")
    throw userError("NOT_SUPPORTED", container_type, "this dataplane", "so far it runs computed tables only");
  if (datastore.session.dialect.name !== "duckdb")
    throw userError("NOT_SUPPORTED", container_type, datastore.session.dialect.name, "so far they run on files and DuckDB only");
  if (typeof query !== "string" || query.trim() === "") throw userError("OPTION_INVALID", `query of ${name}`, "it is empty");
  return query.trim().replace(/;\s*$/, "");
};

/** Whether a text may mean a container: its name stands there as a word, or quoted. */
const mentions = (query: string, name: string): boolean => query.toLowerCase().includes(name.toLowerCase());

/** Containers that the query may mean, under their names. */
const sources = async (datastore: Datastore, query: string, options: QueryOptions): Promise<string> => {
  const meant = (await datastore.sync(options)).containers.filter(({ name }) => mentions(query, name));
  const named: string[] = [];
  for (const container of meant) {
    const { relation } = await datastore.open(container, options);
    const fields = container.fields.map(({ name }) => duckdb.quote(name)).join(", ");
    named.push(`${duckdb.quote(container.name)} AS (SELECT ${fields} FROM ${relation.from})`);
  }
  return named.length === 0 ? "" : `WITH ${named.join(", ")} `;
};

export type Computed = { container: Container; relation: Relation };

/** Opens a computed table. Throws NOT_SUPPORTED, QUERY_FAILED with the engine's reason. */
export const openComputed = async (datastore: Datastore, definition: Definition, options: QueryOptions): Promise<Computed> => {
  const query = queryOf(definition, datastore);
  const from = `(${await sources(datastore, query, options)}SELECT * FROM (\n${query}\n))`;
  const described = await datastore.session.query(`DESCRIBE SELECT * FROM ${from}`, options);
  const columns = uniquelyNamed(
    described.flatMap((row) => {
      const name = String(row["column_name"]);
      return exposed(name, String(row["column_type"]), duckdb.quote(name), "UTC");
    }),
  );
  const relation = await createView(datastore.session, {
    container: definition.name,
    columns,
    from,
    rowId: null,
    rowNumber: null,
    partition: null,
    records: null,
  });
  const container: Container = {
    name: definition.name,
    kind: "view",
    fields: columns.map((column) => fieldOf(column)),
    keys: [],
    partitions: [],
    incremental_field: null,
    partition_field: null,
    rejected_lines: 0,
    modified_at: null,
  };
  return { container, relation };
};
