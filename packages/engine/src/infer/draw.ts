/** Draws the sample that inference looks at. The only file of this folder that reads data. */
import { call, field, gt, num, text, when, type Expr } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { Profile } from "@touchstone/core/model/profile";
import type { Cell } from "@touchstone/core/rules/rule";
import { fromOnly, type Datastore, type QueryOptions, type Relation } from "../connectors/connector.ts";
import { isGap, type FunctionRenderer } from "../dialects/dialect.ts";
import { renderExpr, type Scope } from "../dialects/render.ts";
import { column, textOf, type Sample } from "./sample.ts";

/** Cells held in memory, and rows within that: enough to see a rule broken by one row in ten thousand. */
const CELLS_MAX = 2_000_000;
const ROWS_MOST = 100_000;
const ROWS_LEAST = 2_000;
/** Longer texts are prose: their beginning and their digest stand for them, so that equal texts stay equal. */
const TEXT_LENGTH_MAX = 250;
const PREFIX_LENGTH = 220;
/**
 * Columns whose values are counted over the whole container when only a sample is held: those of few enough values to fetch.
 * A slip is one row, and most single rows are not in the sample.
 */
const COUNTED_VALUES_MAX = 20_000;
const COUNTED_CELLS_MAX = 600_000;
/** Columns that identify a row for sampling where the engine has no row number. */
const IDENTIFYING_MAX = 8;

/** Fields inference may look at: of masked ones no value may leave the engine, and nested ones have no simple values. */
export const inferable = (container: Container): Field[] =>
  container.fields.filter((f) => !f.masked && f.field_type !== "Array" && f.field_type !== "Struct" && f.field_type !== "Unknown");

const rowsWanted = (fields: number) => Math.max(ROWS_LEAST, Math.min(ROWS_MOST, Math.floor(CELLS_MAX / Math.max(1, fields))));

const shown = (f: Field, profile: Profile): Expr => {
  const x = field(f.name, f.field_type);
  const longest = profile.fields.find((p) => p.name === f.name)?.max_length ?? 0;
  if (f.field_type !== "String" || longest <= TEXT_LENGTH_MAX) return x;
  const short = call("concat", call("substring", x, num(1), num(PREFIX_LENGTH)), text("… "), call("md5", x));
  return when(gt(call("length", x), num(TEXT_LENGTH_MAX)), short, x);
};

/**
 * Predicate that keeps about `share` of the rows, the same ones in every run: by the digest of the row number, or where there
 * is none of the row's first values. NULL where the engine cannot.
 */
const kept = (relation: Relation, fields: readonly Field[], share: number, scope: Scope): string | null => {
  const { dialect } = scope;
  const md5 = dialect.functions.md5;
  if (isGap(md5)) return null;
  const id = relation.rowId === null ? identity(fields, scope) : dialect.canonicalText(relation.rowId, "Integral");
  const digest = (md5 as FunctionRenderer)([id], ["String"]);
  const limit = Math.min(0xffffff, Math.round(share * 0xffffff))
    .toString(16)
    .padStart(6, "0");
  return `${digest} < ${dialect.literal({ kind: "literal", type: "String", value: limit })}`;
};

const identity = (fields: readonly Field[], scope: Scope): string => {
  const parts = fields.slice(0, IDENTIFYING_MAX).map((f): Expr => {
    const canonical: Expr = {
      kind: "native",
      sql: scope.dialect.canonicalText(renderExpr(field(f.name, f.field_type), scope), f.field_type),
    };
    return call("coalesce", canonical, text(""));
  });
  return renderExpr(parts.length === 1 ? parts[0]! : call("concat", ...parts), scope);
};

const BATCH_ROWS = 5000;

const fetchColumns = async (
  datastore: Datastore,
  sql: string,
  width: number,
  rowsMax: number,
  options: QueryOptions,
): Promise<Cell[][]> => {
  const cells: Cell[][] = Array.from({ length: width }, () => []);
  const names = cells.map((_, i) => `c${i}`);
  for await (const batch of datastore.session.stream(sql, BATCH_ROWS, options)) {
    for (const row of batch) for (let i = 0; i < width; i++) cells[i]!.push(row[names[i]!] ?? null);
    if (cells[0]!.length >= rowsMax) break;
  }
  return cells;
};

/** Rows per value over the whole container. */
const countWhole = async (
  datastore: Datastore,
  relation: Relation,
  f: Field,
  scope: Scope,
  options: QueryOptions,
): Promise<Map<string, number>> => {
  const x = renderExpr(field(f.name, f.field_type), scope);
  const sql = `/* infer: values of few-valued columns */ SELECT ${x} AS v, count(*) AS n FROM ${fromOnly(relation, [f.name])} t WHERE ${x} IS NOT NULL GROUP BY 1 LIMIT ${COUNTED_VALUES_MAX}`;
  const rows = await datastore.session.query(sql, options);
  return new Map(rows.map((row) => [textOf(row["v"]) ?? "", Number(row["n"])]));
};

/** Values of all columns that have few enough, one grouping each, until the budget is spent. */
const countAll = async (
  datastore: Datastore,
  relation: Relation,
  fields: readonly Field[],
  profile: Profile,
  scope: Scope,
  options: QueryOptions,
) => {
  const totals: (Map<string, number> | null)[] = [];
  let budget = COUNTED_CELLS_MAX;
  for (const f of fields) {
    const known = profile.fields.find((p) => p.name === f.name);
    const distinct = known?.distinct_count ?? Infinity;
    const isCounted =
      f.field_type === "String" && distinct <= Math.min(COUNTED_VALUES_MAX, budget) && (known?.max_length ?? 0) <= TEXT_LENGTH_MAX;
    totals.push(isCounted ? await countWhole(datastore, relation, f, scope, options) : null);
    if (isCounted) budget -= distinct;
  }
  return totals;
};

export type DrawOptions = QueryOptions & { now: string };

/** The sample of a container: all its rows when they are few. Null when there is nothing to look at. */
export const drawSample = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  profile: Profile,
  options: DrawOptions,
): Promise<Sample | null> => {
  const fields = inferable(container);
  const records = profile.records_processed;
  if (fields.length === 0 || records === 0) return null;
  const scope: Scope = { dialect: datastore.session.dialect, now: options.now, alias: "t" };
  const rowsMax = rowsWanted(fields.length);
  const where = records <= rowsMax ? null : kept(relation, fields, rowsMax / records, scope);
  const columns = fields.map((f, i) => `${renderExpr(shown(f, profile), scope)} AS c${i}`);
  const order = relation.rowId === null ? "" : ` ORDER BY ${relation.rowId}`;
  const sql = `/* infer: sample */ SELECT ${columns.join(", ")} FROM ${relation.from} t${where === null ? "" : ` WHERE ${where}`}${order} LIMIT ${rowsMax}`;
  const cells = await fetchColumns(datastore, sql, fields.length, rowsMax, options);
  const rows = cells[0]!.length;
  const whole = rows >= records;
  const totals = whole ? [] : await countAll(datastore, relation, fields, profile, scope, options);
  return {
    container: container.name,
    now: options.now,
    records,
    rows,
    whole,
    columns: fields.map((f, i) => column(f, profile.fields.find((p) => p.name === f.name) ?? null, cells[i]!, totals[i] ?? null)),
  };
};
