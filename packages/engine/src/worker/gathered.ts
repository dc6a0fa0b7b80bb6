/** Containers of several datastores side by side in an engine of their own, so that one query can read them all. */
import { userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { Datastore, QueryOptions, Relation } from "../connectors/connector.ts";
import { connectDefaults, extensionFolder, makeTempFolder } from "../connectors/defaults.ts";
import { viewOfQuery } from "../connectors/duckdb/query-view.ts";
import { VIEW_SCHEMA } from "../connectors/files/view.ts";
import { duckdb } from "../dialects/duckdb.ts";
import { insertBatch } from "../enrichment/duckdb-store.ts";
import { DOUBLE, DUCKDB_TYPES, kindOfField, wire, type Column } from "../enrichment/kind.ts";
import { shown } from "../scan/shown.ts";
import { openSlot, type Slot } from "../slot/slot.ts";
import type { EngineSettings } from "./operation.ts";

/** Rows brought from one container; beyond, both sides should live in one engine. */
const ROWS_MAX = 5_000_000;
const BATCH_ROWS = 2000;

/** What is gathered: a container that is open, its fields that may be seen, and the name it gets. */
export type Gathering = { as: string; datastore: Datastore; relation: Relation; container: Container; fields: readonly Field[] };

/** A column of the field's type; a fraction of more digits than the engine has is a double. */
const columnOf = ({ name, field_type, native_type }: Field): Column => {
  const kind = kindOfField(field_type, native_type);
  return { name, kind: field_type === "Fractional" && DUCKDB_TYPES.write(kind) === "VARCHAR" ? DOUBLE : kind };
};

const copy = async (slot: Slot, { as, datastore, relation, container, fields }: Gathering, options: QueryOptions): Promise<void> => {
  const table = `memory.main.${duckdb.quote(as)}`;
  const columns = fields.map(columnOf);
  const definition = columns.map(({ name, kind }) => `${duckdb.quote(name)} ${DUCKDB_TYPES.write(kind)}`);
  await slot.session.run(`CREATE TABLE ${table} (${definition.length === 0 ? "nothing VARCHAR" : definition.join(", ")})`, options);
  const quoted = fields.map(({ name }) => datastore.session.dialect.quote(name));
  let rows = 0;
  for await (const batch of datastore.session.stream(
    `SELECT ${quoted.join(", ") || "1 AS nothing"} FROM ${relation.from}`,
    BATCH_ROWS,
    options,
  )) {
    rows += batch.length;
    if (rows > ROWS_MAX)
      throw userError("LIMIT_EXCEEDED", `The number of rows of ${container.name} for a join across datastores`, String(ROWS_MAX));
    const lines = batch.map((row) => fields.map(({ name }) => wire(shown(row[name] ?? null))));
    if (fields.length > 0) await insertBatch(slot, table, columns, lines, options);
  }
};

/** Copies them. To be closed when the work over them is done. Throws LIMIT_EXCEEDED, and what the sources fail with. */
export const gather = async (
  parts: readonly Gathering[],
  name: string,
  settings: EngineSettings,
  options: QueryOptions,
): Promise<Datastore> => {
  const { memory, threads, tempFolder, tempBytesMax } = connectDefaults(settings);
  const slot = await openSlot(
    {
      memory,
      threads,
      tempFolder: makeTempFolder(tempFolder),
      tempBytesMax,
      target: name,
      setup: [`CREATE SCHEMA ${VIEW_SCHEMA}`],
      allowedPaths: [],
      allowedDirectories: [],
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );
  try {
    for (const part of parts) await copy(slot, part, options);
  } catch (thrown) {
    await slot.close();
    throw thrown;
  }
  return {
    type: "gathered",
    name,
    session: slot.session,
    canStage: true,
    sync: () => Promise.resolve({ containers: [], failures: [], notes: [] }),
    open: (container) => Promise.reject(userError("CONTAINER_UNKNOWN", container.name, null)),
    view: (view, query, during = {}) => viewOfQuery(slot.session, view, query, during),
    release: () => Promise.resolve(),
    close: () => slot.close(),
  };
};
