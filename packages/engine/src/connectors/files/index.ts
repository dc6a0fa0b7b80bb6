/** Files as a datastore: text formats are staged into the engine, Parquet is read in place. */
import { statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import { Field } from "@touchstone/core/model/field";
import { duckdb } from "../../dialects/duckdb.ts";
import { openSlot } from "../../slot/slot.ts";
import type { Catalog, ConnectOptions, Datastore, Relation, Session } from "../connector.ts";
import { extensionFolder, makeTempFolder } from "../defaults.ts";

type Located = { name: string; path: string; format: "csv" | "parquet"; bytes: number; modifiedAt: string };

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const locate = (source: string): Located => {
  const path = resolve(source);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw userError("SOURCE_NOT_FOUND", source);
  const ending = extname(path).toLowerCase();
  if (ending !== ".csv" && ending !== ".parquet") throw userError("SOURCE_KIND_UNKNOWN", source, ".csv, .parquet");
  const format = ending === ".csv" ? "csv" : "parquet";
  return { name: basename(path, extname(path)), path, format, bytes: found.size, modifiedAt: found.mtime.toISOString() };
};

const readerOf = (file: Located): string =>
  file.format === "csv" ? duckdb.quote(file.name) : `read_parquet(${text(file.path)}, file_row_number = true)`;

const containerOf = async (session: Session, file: Located): Promise<Container> => {
  if (file.format === "csv") await session.run(`CREATE OR REPLACE TABLE ${duckdb.quote(file.name)} AS FROM read_csv(${text(file.path)})`);
  const columns = await session.query(`DESCRIBE FROM ${readerOf(file)}`);
  const fields = columns
    .filter((column) => column["column_name"] !== "file_row_number")
    .map((column) =>
      Field.parse({
        name: column["column_name"],
        native_type: column["column_type"],
        ...duckdb.fieldType(String(column["column_type"])),
        type_declared: file.format === "parquet",
      }),
    );
  return {
    name: file.name,
    kind: "file",
    fields,
    keys: [],
    partitions: [{ name: basename(file.path), bytes: file.bytes, modified_at: file.modifiedAt }],
    incremental_field: null,
    partition_field: null,
    rejected_lines: 0,
    modified_at: file.modifiedAt,
  };
};

const relationOf = async (session: Session, file: Located): Promise<Relation> => {
  const rowId = file.format === "csv" ? "rowid" : "file_row_number";
  const [counted] = await session.query(`SELECT count(*) AS records FROM ${readerOf(file)}`);
  return {
    from: readerOf(file),
    rowId,
    rowsIn: (ids) => `${rowId} IN (${ids.join(", ")})`,
    rowNumber: `${rowId} + 1`,
    partition: null,
    records: Number(counted?.["records"] ?? 0),
  };
};

/** Opens files as one datastore. */
export const connectFiles = async (sources: readonly string[], options: ConnectOptions): Promise<Datastore> => {
  const files = sources.map(locate);
  const slot = await openSlot(
    {
      memory: options.memory,
      threads: options.threads,
      tempFolder: makeTempFolder(options.tempFolder),
      tempBytesMax: options.tempBytesMax,
      target: sources.join(", "),
      setup: [],
      allowedPaths: files.map((file) => file.path),
      allowedDirectories: [],
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );
  return {
    type: "files",
    name: sources.join(", "),
    session: slot.session,
    canStage: true,
    async sync() {
      const catalog: Catalog = { containers: [], failures: [], notes: [] };
      for (const file of files) {
        try {
          catalog.containers.push(await containerOf(slot.session, file));
        } catch (thrown) {
          catalog.failures.push({ name: file.name, error: toErrorInfo(thrown) });
        }
      }
      return catalog;
    },
    async open(container) {
      const file = files.find((each) => each.name === container.name);
      if (file === undefined) throw userError("CONTAINER_UNKNOWN", container.name, null);
      return { relation: await relationOf(slot.session, file), rejected: { count: 0, examples: [] } };
    },
    release: () => Promise.resolve(),
    close: () => slot.close(),
  };
};
