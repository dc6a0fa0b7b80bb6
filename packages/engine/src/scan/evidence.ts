/** What every way of capturing works with: which predicates fail, and how a row is read as evidence. */
import { call, field } from "@touchstone/core/expr/expr";
import type { CapturedRow } from "../anomalies.ts";
import type { Row } from "../connectors/connector.ts";
import { toCount, toId } from "./context.ts";
import type { ScanContext } from "./context.ts";
import type { SqlSource } from "./source.ts";

/** A predicate that some rows break, with the checks it is of. `ids`: its smallest row ids, null where none are known. */
export type FailingPredicate = {
  source: SqlSource;
  sql: string;
  uids: readonly string[];
  anomalous: number;
  ids: readonly bigint[] | null;
};

/** Values per statement: what one answer of an engine may hold without a noticeable pause. */
const CELLS_PER_FETCH = 200_000;

const ROWS_PER_FETCH = 20_000;

/** Rows that one answer may hold. */
export const rowsPerFetch = ({ container }: ScanContext): number =>
  Math.max(1, Math.min(ROWS_PER_FETCH, Math.floor(CELLS_PER_FETCH / Math.max(1, container.fields.length))));

/** Failing predicates per statement. */
export const PREDICATES_PER_FETCH = 300;

/** What is shown where no cap is set, for even then a report has to fit into memory: a value takes about a hundred bytes. */
const EVERY_ROW_MAX = 1_000_000;
const EVERY_CELL_MAX = 16_000_000;

/** Failing rows shown where no cap is set. */
export const everyRowMax = (fields: number): number => Math.min(EVERY_ROW_MAX, Math.floor(EVERY_CELL_MAX / Math.max(1, fields)));

type RowNames = Pick<SqlSource, "rowId" | "rowNumber" | "partition">;

/** The columns of a row as evidence: its id, number and partition, and its values, masked ones only as a digest. */
export const rowColumns = ({ write, container, session }: ScanContext, names: RowNames): string[] => [
  ...(names.rowId === null ? [] : [`${names.rowId} AS ${write.name("id")}`]),
  ...(names.rowNumber === null ? [] : [`${names.rowNumber} AS ${write.name("row")}`]),
  ...(names.partition === null ? [] : [`${names.partition} AS ${write.name("partition")}`]),
  ...container.fields.map((own, i) => {
    const column = write.expr(field(own.name, own.field_type));
    const digest = () => write.expr(call("md5", { kind: "native", sql: session.dialect.canonicalText(column, own.field_type) }));
    return `${own.masked ? digest() : column} AS ${write.name(`c${i}`)}`;
  }),
];

/** Reads fetched rows; their checks are not yet known. */
export const rowReader = ({ container, relation }: ScanContext): ((row: Row) => CapturedRow) => {
  const onlyPartition = container.partitions.length === 1 ? container.partitions[0]!.name : null;
  const columns = container.fields.map((_, i) => `c${i}`);
  const none: ReadonlySet<string> = new Set();
  return (row) => ({
    id: toId(row["id"]),
    row: row["row"] === null || row["row"] === undefined ? null : toCount(row["row"]),
    partition: relation.partition === null ? onlyPartition : typeof row["partition"] === "string" ? row["partition"] : null,
    cells: columns.map((column) => row[column] ?? null),
    uids: none,
  });
};

/** A list in pieces of at most so many. */
export const batches = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
