/** Parquet files, read in place: footers give types and row counts, and file and row number name a row. */
import { userError } from "@touchstone/core/errors";
import { UserError } from "@touchstone/core/errors";
import type { QueryOptions, Session } from "../connector.ts";
import { exposed, uniquelyNamed } from "../duckdb/expose.ts";
import type { Exposed } from "../duckdb/expose.ts";
import { duckdb } from "../../dialects/duckdb.ts";
import { guessOf, settled, NATIVE } from "./kinds.ts";
import type { SourceFile } from "./locate.ts";
import { text } from "./stage.ts";
import type { ViewPlan } from "./view.ts";

export type ParquetMember = { file: SourceFile; fieldNames: readonly string[]; columns: { name: string; type: string }[]; records: number };

/** Reads a file's footer. Throws SOURCE_UNREADABLE, SOURCE_EMPTY. */
export const inspectParquet = async (session: Session, file: SourceFile, options: QueryOptions = {}): Promise<ParquetMember> => {
  try {
    const described = await session.query(`DESCRIBE FROM read_parquet(${text(file.path)}, hive_partitioning = false)`, options);
    const [counted] = await session.query(`SELECT sum(num_rows) AS records FROM parquet_file_metadata(${text(file.path)})`, options);
    const columns = described.map((column) => ({ name: String(column["column_name"]), type: String(column["column_type"]) }));
    return { file, fieldNames: columns.map((column) => column.name), columns, records: Number(counted?.["records"] ?? 0) };
  } catch (thrown) {
    throw namingFile(thrown, file);
  }
};

/** The same failure, told of the file and not of the whole source. */
export const namingFile = (thrown: unknown, file: SourceFile): unknown => {
  if (!(thrown instanceof UserError)) return thrown;
  const message = thrown.cause instanceof Error ? thrown.cause.message : "";
  if (/root column|no columns/i.test(message)) return new UserError(userError("SOURCE_EMPTY", file.path).info, { cause: thrown });
  const { code, why } = thrown.info;
  if (code === "SOURCE_UNREADABLE") return new UserError(userError("SOURCE_UNREADABLE", file.path, why).info, { cause: thrown.cause });
  if (code === "QUERY_FAILED")
    return new UserError(userError("SOURCE_UNREADABLE", file.path, "it is damaged or cut off").info, { cause: thrown.cause });
  return thrown;
};

/** Rows of one file fit below this; above it stands the number of the file. */
const ROWS_PER_FILE = 2n ** 40n;
/** Names of the reader's own columns; a file that has such a column hides them. */
const PLACE_COLUMNS = ["filename", "file_row_number"];

const hiveTypes = (members: readonly ParquetMember[]): { name: string; type: string }[] =>
  (members[0]?.file.hive ?? []).map(([key], i) => ({
    name: key,
    type: NATIVE[settled(guessOf(members.map(({ file }) => (file.hive[i]?.[1] === HIVE_NULL ? "" : (file.hive[i]?.[1] ?? "")))))],
  }));

export const HIVE_NULL = "__HIVE_DEFAULT_PARTITION__";

const readParquet = (members: readonly ParquetMember[], hive: readonly { name: string; type: string }[], byName: boolean): string => {
  const files = `[${members.map(({ file }) => text(file.path)).join(", ")}]`;
  const options = [
    byName ? "union_by_name = true" : "",
    hive.length === 0
      ? "hive_partitioning = false"
      : `hive_partitioning = true, hive_types = {${hive.map(({ name, type }) => `${text(name)}: ${type}`).join(", ")}}`,
  ];
  return `read_parquet(${[files, ...options.filter((option) => option !== "")].join(", ")})`;
};

/** Row ids by file, as predicates on the reader's own columns: they skip files and row groups. */
const rowsIn =
  (members: readonly ParquetMember[]) =>
  (ids: readonly bigint[], names: Record<string, string>): string => {
    const byFile = new Map<number, bigint[]>();
    for (const id of ids) {
      const index = Number(id / ROWS_PER_FILE);
      const rows = byFile.get(index);
      if (rows === undefined) byFile.set(index, [id % ROWS_PER_FILE]);
      else rows.push(id % ROWS_PER_FILE);
    }
    const inFile = ([index, rows]: [number, bigint[]]): string =>
      `(${names["file"]} = ${text(members[index]?.file.path ?? "")} AND ${names["place"]} IN (${rows.join(", ")}))`;
    return `(${[...byFile].map(inFile).join(" OR ")})`;
  };

export type ParquetContainer = { columns: Exposed[]; plan: ViewPlan };

/** How files of one shape are read as one container. `table` is free for the list of files. */
export const parquetContainer = async (
  session: Session,
  name: string,
  members: readonly ParquetMember[],
  zone: string,
  table: string,
  options: QueryOptions = {},
): Promise<ParquetContainer> => {
  const hive = hiveTypes(members).filter(
    ({ name: key }) => !members[0]!.fieldNames.some((field) => field.toLowerCase() === key.toLowerCase()),
  );
  const signature = (member: ParquetMember): string => JSON.stringify(member.columns);
  const byName = members.some((member) => signature(member) !== signature(members[0]!));
  const from = readParquet(members, hive, byName);
  const described = members.length === 1 && hive.length === 0 ? members[0]!.columns : await describe(session, from, options);
  const columns = uniquelyNamed(described.flatMap((column) => exposed(column.name, column.type, duckdb.quote(column.name), zone)));
  const hidden = described.some((column) => PLACE_COLUMNS.includes(column.name.toLowerCase()));
  const records = members.reduce((sum, member) => sum + member.records, 0);
  const plan = { container: name, columns, from, rowId: null, rowNumber: null, partition: null, records };
  return { columns, plan: hidden ? plan : { ...plan, ...(await placeOf(session, members, from, table)) } };
};

/** Columns of the table of files, named so that no field has such a name by accident. */
const FILES = { path: `"file path #"`, index: `"file index #"`, shown: `"file shown #"` };

/**
 * How rows of several files are named: by a join with the list of files. (The reader's own file_index counts only the
 * files that a filter on partition fields has left, and looking the name up in a list is a hundred times slower.)
 */
const placeOf = async (
  session: Session,
  members: readonly ParquetMember[],
  from: string,
  table: string,
): Promise<Pick<ViewPlan, "from" | "rowId" | "rowNumber" | "partition" | "place">> => {
  if (members.length === 1) return { from, rowId: "file_row_number", rowNumber: "file_row_number + 1", partition: null };
  const rows = members.map(({ file }, index) => `(${text(file.path)}, ${index}, ${text(file.shown)})`);
  await session.run(`CREATE OR REPLACE TABLE ${table} (${FILES.path} VARCHAR, ${FILES.index} BIGINT, ${FILES.shown} VARCHAR)`);
  await session.run(`INSERT INTO ${table} VALUES ${rows.join(", ")}`);
  return {
    from: `${from} JOIN ${table} ON filename = ${FILES.path}`,
    rowId: `(${FILES.index} * ${ROWS_PER_FILE} + file_row_number)`,
    rowNumber: "file_row_number + 1",
    partition: FILES.shown,
    place: { columns: { file: "filename", place: "file_row_number" }, rowsIn: rowsIn(members) },
  };
};

const describe = async (session: Session, from: string, options: QueryOptions): Promise<{ name: string; type: string }[]> =>
  (await session.query(`DESCRIBE FROM ${from}`, options)).map((column) => ({
    name: String(column["column_name"]),
    type: String(column["column_type"]),
  }));
