/**
 * Rows that were sent, as a datastore with one container: read as text, so that `00123` keeps its zeros, and then given the types that the
 * container's fields have. They stand in a file of the engine's temporary folder while they are read, and in its memory until it is closed.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { field, type Expr } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import { Field, type FieldType } from "@touchstone/core/model/field";
import type { WorkContainer, WorkField } from "@touchstone/core/model/dataplane";
import type { Datastore, QueryOptions } from "../connectors/connector.ts";
import { connectDefaults, extensionFolder, makeTempFolder } from "../connectors/defaults.ts";
import { viewOfQuery } from "../connectors/duckdb/query-view.ts";
import { createView, VIEW_SCHEMA } from "../connectors/files/view.ts";
import { duckdb } from "../dialects/duckdb.ts";
import { renderExpr } from "../dialects/render.ts";
import { openSlot, type Slot } from "../slot/slot.ts";
import { REFUSALS } from "../spreadsheet/protocol.ts";
import { sheetToCsv } from "../spreadsheet/read.ts";
import type { EngineSettings } from "./operation.ts";

export type Upload = {
  name: string;
  format: "json" | "csv" | "xlsx";
  /** Which sheet of a spreadsheet; the first that has rows where none is named. */
  sheet: string | null;
  /** Of a spreadsheet its bytes in base64. */
  text: string;
};

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Types that a text can be given; a field of another is left as its text. */
const CAST: readonly FieldType[] = ["Integral", "Fractional", "Boolean", "Date", "Timestamp"];

const typeOf = ({ field_type }: WorkField): FieldType => CAST.find((type) => type === field_type) ?? "String";

/** The largest list of objects is one line. */
const OBJECT_BYTES_MAX = 64 * 1024 ** 2;

const READERS: Record<Upload["format"], { from: (path: string) => string; called: string }> = {
  json: {
    from: (path) =>
      `read_json(${text(path)}, format = 'array', records = true, maximum_object_size = ${OBJECT_BYTES_MAX}, map_inference_threshold = -1, maximum_depth = 1)`,
    called: "a JSON list of objects",
  },
  csv: { from: (path) => `read_csv(${text(path)}, all_varchar = true, header = true)`, called: "CSV" },
  // As our own reader of spreadsheets writes it.
  xlsx: {
    from: (path) => `read_csv(${text(path)}, all_varchar = true, header = true, delim = ',', quote = '"', escape = '"')`,
    called: "a sheet with rows below a header",
  },
};

/** Puts what was sent into a file that the engine can read. Throws UPLOAD_UNUSABLE, ABORTED. */
const laidDown = async ({ name, format, sheet, text: sent }: Upload, folder: string, { signal }: QueryOptions): Promise<string> => {
  const path = join(folder, `sent.${format}`);
  writeFileSync(path, format === "xlsx" ? Buffer.from(sent, "base64") : sent, { mode: 0o600 });
  if (format !== "xlsx") return path;
  const csvPath = join(folder, "sheet.csv");
  const { refused } = await sheetToCsv({ path, csvPath, sheet }, { signal });
  rmSync(path);
  if (refused !== null) throw userError("UPLOAD_UNUSABLE", name, REFUSALS[refused]);
  return csvPath;
};

const openEngine = (settings: EngineSettings, tempFolder: string, path: string, name: string): Promise<Slot> => {
  const { memory, threads, tempBytesMax } = connectDefaults(settings);
  return openSlot(
    {
      memory,
      threads,
      tempFolder,
      tempBytesMax,
      target: name,
      setup: [`CREATE SCHEMA ${VIEW_SCHEMA}`],
      allowedPaths: [path],
      allowedDirectories: [],
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );
};

const RAW = "memory.main.sent";

/** Reads what was sent into a table of texts under the names of the container's fields. Throws UPLOAD_UNUSABLE. */
const readTexts = async ({ session }: Slot, path: string, upload: Upload, wanted: readonly WorkField[], options: QueryOptions) => {
  const { from: reading, called } = READERS[upload.format];
  const from = reading(path);
  const columns = await session.query(`DESCRIBE SELECT * FROM ${from}`, options).catch((): never => {
    throw userError("UPLOAD_UNUSABLE", upload.name, `it is not ${called}`);
  });
  const given = columns.map((row) => String(row["column_name"]));
  const found = (name: string) => given.find((one) => one === name) ?? given.find((one) => one.toLowerCase() === name.toLowerCase());
  const missing = wanted.filter(({ name }) => found(name) === undefined).map(({ name }) => name);
  if (missing.length > 0) throw userError("UPLOAD_UNUSABLE", upload.name, `it has no ${missing.join(", ")}`);
  const texts = wanted.map(({ name }, i) => `${textOf(found(name)!, upload.format)} AS ${duckdb.quote(`c${i}`)}`);
  await session.run(`CREATE TABLE ${RAW} AS SELECT ${texts.join(", ")} FROM ${from}`, options).catch((): never => {
    throw userError("UPLOAD_UNUSABLE", upload.name, "a part of it cannot be read");
  });
};

/** With one level of depth every value of JSON is JSON: text stands in quotes, all else is as it was written. */
const textOf = (column: string, format: Upload["format"]): string =>
  format === "json" ? `CAST(${duckdb.quote(column)} AS JSON) ->> '$'` : duckdb.quote(column);

/** The value that a text denotes; NULL where it denotes none. */
const valueOf = (i: number, type: FieldType): string => {
  const read: Expr = { kind: "cast", operand: field(`c${i}`, "String"), to: type, safe: true };
  return type === "String" ? duckdb.quote(`c${i}`) : renderExpr(read, { dialect: duckdb, now: new Date(0).toISOString() });
};

/** A text that denotes no value of its field's type is not passed over: nothing is scanned. */
const requireValues = async ({ session }: Slot, upload: Upload, wanted: readonly WorkField[], options: QueryOptions): Promise<void> => {
  const counted = wanted.flatMap((one, i) => (typeOf(one) === "String" ? [] : [{ one, i }]));
  if (counted.length === 0) return;
  const counts = counted.map(({ one, i }) => {
    const column = duckdb.quote(`c${i}`);
    return `count(*) FILTER (WHERE trim(${column}) <> '' AND ${valueOf(i, typeOf(one))} IS NULL) AS ${duckdb.quote(`n${i}`)}`;
  });
  const [row = {}] = await session.query(`SELECT ${counts.join(", ")} FROM ${RAW}`, options);
  const wrong = counted.filter(({ i }) => Number(row[`n${i}`] ?? 0) > 0);
  if (wrong.length === 0) return;
  const words = wrong.map(({ one, i }) => `${String(row[`n${i}`])} values of ${one.name} are no ${typeOf(one)}`);
  throw userError("UPLOAD_UNUSABLE", upload.name, words.join(", "));
};

const containerOf = (known: WorkContainer, wanted: readonly WorkField[], upload: Upload): Container => ({
  name: known.name,
  kind: "file",
  fields: wanted.map((one) => Field.parse({ name: one.name, field_type: typeOf(one), native_type: one.native_type, type_declared: false })),
  keys: [],
  partitions: [{ name: upload.name, bytes: null, modified_at: null }],
  incremental_field: null,
  partition_field: null,
  rejected_lines: 0,
  modified_at: null,
});

/** Opens what was sent as the container it is to be held against. Throws UPLOAD_UNUSABLE. */
export const openUpload = async (
  upload: Upload,
  known: WorkContainer,
  settings: EngineSettings,
  options: QueryOptions,
): Promise<{ datastore: Datastore; container: Container }> => {
  const wanted = known.fields.filter(({ status, computed }) => computed === null && (status === "Active" || status === "Masked"));
  const tempFolder = makeTempFolder(connectDefaults(settings).tempFolder);
  const path = await laidDown(upload, tempFolder, options).catch((thrown: unknown): never => {
    rmSync(tempFolder, { recursive: true, force: true });
    throw thrown;
  });
  const name = `upload of ${upload.name}`;
  const slot = await openEngine(settings, tempFolder, path, name);
  try {
    await readTexts(slot, path, upload, wanted, options);
    rmSync(path);
    await requireValues(slot, upload, wanted, options);
    const container = containerOf(known, wanted, upload);
    const relation = await createView(slot.session, {
      container: known.name,
      columns: wanted.map((one, i) => ({ name: one.name, sql: valueOf(i, typeOf(one)) })),
      from: RAW,
      rowId: "rowid",
      rowNumber: "rowid + 1",
      partition: null,
      records: null,
    });
    const datastore: Datastore = {
      type: "upload",
      name,
      session: slot.session,
      canStage: true,
      sync: () => Promise.resolve({ containers: [container], failures: [], notes: [] }),
      open: () => Promise.resolve({ relation, rejected: { count: 0, examples: [] } }),
      view: (view, query, during = {}) => viewOfQuery(slot.session, view, query, during),
      release: () => Promise.resolve(),
      close: () => slot.close(),
    };
    return { datastore, container };
  } catch (thrown) {
    await slot.close();
    throw thrown;
  }
};
