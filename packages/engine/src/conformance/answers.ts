/** What an engine answers to many expressions on many rows, in one statement, beside what the evaluator answers. */
import { UserError } from "@touchstone/core/errors";
import { evaluate } from "@touchstone/core/expr/evaluate";
import type { Expr, Literal } from "@touchstone/core/expr/expr";
import type { FieldType } from "@touchstone/core/model/field";
import type { Cell } from "@touchstone/core/rules/rule";
import { DIALECTS } from "../dialects/index.ts";
import { isGap } from "../dialects/dialect.ts";
import { renderExpr } from "../dialects/render.ts";
import type { Engine } from "./engines.ts";

/** Types of the fields of rows; arrays by the type of their elements. */
export type Types = Readonly<Record<string, FieldType | { elements: FieldType }>>;
export type TestRow = Readonly<Record<string, Cell>>;

/** Start of the operation in all cases. */
export const NOW = "2024-02-29T13:14:15.123Z";

/** A refusal or failure, so that it can be compared with a value. */
export type Answer = { value: Cell } | { error: string };

export const literalOf = (cell: Cell, type: FieldType): Literal => {
  if (cell === null) return { kind: "literal", type: "Null", value: null };
  if (type === "Integral") return { kind: "literal", type, value: BigInt(cell as number | bigint) };
  if (type === "Fractional") return { kind: "literal", type, value: Number(cell) };
  if (type === "Boolean") return { kind: "literal", type, value: cell === true };
  if (type === "Date" || type === "Timestamp") return { kind: "literal", type, value: String(cell) };
  return { kind: "literal", type: "String", value: String(cell) };
};

/** SQL of a constant of a field's type, also where it is NULL. */
const constant = (engine: Engine, cell: Cell, type: Types[string]): string => {
  const dialect = DIALECTS[engine.dialect];
  if (typeof type === "string") {
    const native = dialect.types[type === "Unknown" ? "String" : type];
    if (isGap(native)) throw new Error(`${type} has no constant`);
    return `CAST(${dialect.literal(literalOf(cell, type))} AS ${native})`;
  }
  const list = Array.isArray(cell) ? cell.map((element) => constant(engine, element, type.elements)).join(", ") : null;
  const written = list === null ? "NULL" : engine.dialect === "duckdb" ? `[${list}]` : `ARRAY[${list}]`;
  return `CAST(${written} AS ${String(dialect.types[type.elements])}[])`;
};

/** Rows as something to stand after FROM; no rows at all are a row of NULLs that is kept out. */
export const rowsSql = (engine: Engine, rows: readonly TestRow[], types: Types): string => {
  const { quote } = DIALECTS[engine.dialect];
  const names = ["row number", ...Object.keys(types)].map(quote).join(", ");
  const cells = (row: TestRow, i: number): string =>
    `(${[String(i), ...Object.entries(types).map(([name, type]) => constant(engine, row[name] ?? null, type))].join(", ")})`;
  if (rows.length === 0) return `(SELECT * FROM (VALUES ${cells({}, 0)}) AS none(${names}) WHERE FALSE) AS "rows of the case"`;
  return `(VALUES ${rows.map(cells).join(", ")}) AS "rows of the case"(${names})`;
};

const attempt = async <T>(work: () => T | Promise<T>): Promise<{ ok: true; value: T } | { ok: false; error: string }> => {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    if (thrown instanceof UserError)
      return { ok: false, error: thrown.info.code === "QUERY_FAILED" ? `QUERY_FAILED ${thrown.info.why}` : thrown.info.code };
    throw thrown;
  }
};

const askTogether = async (engine: Engine, columns: readonly string[], from: string): Promise<Cell[][]> => {
  const list = columns.map((sql, i) => `${sql} AS "c${i}"`).join(", ");
  const rows = await engine.session.query(`SELECT ${list} FROM ${from} ORDER BY "row number"`);
  return rows.map((row) => columns.map((_, i) => row[`c${i}`] ?? null));
};

/** Answers by expression, then by row. One statement if all is well; else each expression alone, so that an error names its expression. */
export const engineAnswers = async (
  engine: Engine,
  exprs: readonly Expr[],
  rows: readonly TestRow[],
  types: Types,
): Promise<Answer[][]> => {
  const from = rowsSql(engine, rows, types);
  const scope = { dialect: DIALECTS[engine.dialect], now: NOW };
  const rendered = await Promise.all(exprs.map((expr) => attempt(() => renderExpr(expr, scope))));
  const columns = rendered.flatMap((one) => (one.ok ? [one.value] : []));
  const together = await attempt(() => askTogether(engine, columns, from));
  const byColumn = new Map<string, Answer[]>();
  for (const [at, sql] of columns.entries()) {
    const alone = together.ok ? together : await attempt(() => askTogether(engine, [sql], from));
    byColumn.set(
      sql,
      rows.map((_, row) => (alone.ok ? { value: alone.value[row]![together.ok ? at : 0]! } : { error: `${alone.error}: ${sql}` })),
    );
  }
  return rendered.map((one) => (one.ok ? byColumn.get(one.value)! : rows.map(() => ({ error: one.error }))));
};

export const evaluatorAnswers = (exprs: readonly Expr[], rows: readonly TestRow[]): Promise<Answer[][]> =>
  Promise.all(
    exprs.map((expr) =>
      Promise.all(
        rows.map(async (row) => {
          const answer = await attempt(() => evaluate(expr, row, { now: NOW }));
          return answer.ok ? { value: answer.value } : { error: answer.error };
        }),
      ),
    ),
  );

/** Relative difference within which two fractions are equal: libraries differ in the last digits of logarithms and powers. */
const TOLERANCE = 1e-12;

const isNumber = (cell: Cell): cell is number | bigint => typeof cell === "number" || typeof cell === "bigint";

const EXACT_DECIMAL = /^-?\d+\.\d+$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d+)?)?$/;

/** Moments with and without an empty fraction, dates and their midnights, are one. */
const momentKey = (text: string): string => (text.length === 10 ? `${text} 00:00:00` : text.replace(/\.0+$/, ""));

/** Equal as values, whatever JavaScript type carries them. */
export const sameCell = (a: Cell, b: Cell): boolean => {
  if (isNumber(a) && isNumber(b)) {
    if (typeof a === "bigint" && typeof b === "bigint") return a === b;
    const [x, y] = [Number(a), Number(b)];
    return Object.is(x, y) || x === y || Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
  }
  // An exact decimal arrives as text where a number would lose digits.
  if (isNumber(a) && typeof b === "string" && EXACT_DECIMAL.test(b)) return sameCell(a, Number(b));
  if (isNumber(b) && typeof a === "string" && EXACT_DECIMAL.test(a)) return sameCell(Number(a), b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((cell, i) => sameCell(cell, b[i]!));
  if (typeof a === "string" && typeof b === "string" && MOMENT.test(a) && MOMENT.test(b)) return momentKey(a) === momentKey(b);
  return a === b;
};

/** Two failures are the same answer; their words are each engine's own. */
export const sameAnswer = (a: Answer, b: Answer): boolean =>
  "value" in a && "value" in b ? sameCell(a.value, b.value) : "error" in a && "error" in b;
