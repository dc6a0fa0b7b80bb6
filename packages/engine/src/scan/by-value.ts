/** Predicates on one field of few values, asked of each value once and not of each row. */
import { field as fieldOf } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { partsOf } from "@touchstone/core/expr/walk";
import type { Field } from "@touchstone/core/model/field";
import type { Predicate } from "../plan.ts";
import { toCount, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { some } from "./expression.ts";
import { plainMaskWords, setBits } from "./mask.ts";
import type { SqlSource } from "./source.ts";

/** A predicate of a pass, by its index there, with its SQL. */
export type Candidate = { index: number; predicate: Predicate; sql: string };

/** Rows looked at, and the distinct values among them up to which a field counts as one of few values. */
const LOOK_AHEAD = { rows: 20_000, valuesMax: 1_000 };
/** The same where little is to be read, so that looking costs less than it saves: one batch of the engine. */
const SHORT_LOOK_AHEAD = { rows: 2_048, valuesMax: 100 };

/** A field of few values (so many were seen), and the predicates that ask about it alone. */
export type FewValued = { name: string; values: number; own: readonly Candidate[] };

/** Predicates by the one field they ask about, where that field has few values and grouping by it saves work. */
export const fewValued = async (context: ScanContext, source: SqlSource, candidates: readonly Candidate[]): Promise<FewValued[]> => {
  const byField = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const name = onlyField(candidate.predicate.violates);
    if (name !== null) byField.set(name, [...(byField.get(name) ?? []), candidate]);
  }
  const worth = [...byField].filter(
    ([name, own]) =>
      isGroupable(context.container.fields, name) &&
      own.reduce((cost, { predicate }) => cost + weight(predicate.violates), 0) >= WEIGHT_MIN,
  );
  if (worth.length === 0) return [];
  const { write } = context;
  const { rows: rowsMax, valuesMax } = isLittle(source) ? SHORT_LOOK_AHEAD : LOOK_AHEAD;
  const columns = worth.map(([name], i) => `COUNT(DISTINCT ${write.expr(fieldOf(name))}) AS ${write.name(`values_${i}`)}`);
  // The beginning of the source tells as much of a field as that of a slice, to which the engine would have to read first.
  const head = `SELECT ${worth.map(([name]) => write.expr(fieldOf(name))).join(", ")} FROM ${source.from} LIMIT ${rowsMax}`;
  const rows = await context.query("look-ahead for value counts", `SELECT ${columns.join(", ")}\nFROM (${head}) AS head`);
  return worth
    .map(([name, own], i) => ({ name, own, values: toCount(rows[0]?.[`values_${i}`]) }))
    .filter(({ values }) => values <= valuesMax);
};

/** Combined values up to which several fields share a grouping. */
const COMBINATIONS_MAX = 5_000;
/** Rows below which a statement costs more than the reading it does. */
const LITTLE_ROWS = 1_000_000;
const isLittle = ({ rowsMost }: SqlSource): boolean => rowsMost !== null && rowsMost < LITTLE_ROWS;

/** Fields that are grouped together: each alone where there is much to read, else as many as have few combinations. */
export const groupedTogether = (fields: readonly FewValued[], source: SqlSource): FewValued[][] => {
  const together: FewValued[][] = [];
  let combinations = Infinity;
  for (const field of fields) {
    if (isLittle(source) && combinations * field.values <= COMBINATIONS_MAX) together.at(-1)!.push(field);
    else together.push([field]);
    combinations = together.at(-1)!.reduce((product, { values }) => product * Math.max(1, values), 1);
  }
  return together;
};

const isGroupable = (fields: readonly Field[], name: string): boolean => {
  const type = fields.find((own) => own.name === name)?.field_type;
  return type !== undefined && type !== "Array" && type !== "Struct" && type !== "Unknown";
};

/** The name of the only field an expression reads, null for none, several, or what cannot be moved into a grouping. */
const onlyField = (expr: Expr): string | null => {
  if (
    some(
      expr,
      (part) =>
        part.kind === "member" || part.kind === "native" || part.kind === "previous" || (part.kind === "field" && part.of !== undefined),
    )
  )
    return null;
  const names = new Set<string>();
  const visit = (part: Expr): void => {
    if (part.kind === "field") names.add(part.name);
    partsOf(part).forEach(visit);
  };
  visit(expr);
  return names.size === 1 ? [...names][0]! : null;
};

/** Cost of asking a predicate of every row, as multiples of a plain comparison. Grouping costs about as much as four. */
const WEIGHT_MIN = 4;
const weight = (expr: Expr): number => {
  const own =
    expr.kind === "matches" || expr.kind === "castable"
      ? 10
      : expr.kind === "in"
        ? 3
        : expr.kind === "call" && !PLAIN_CALLS.has(expr.fn)
          ? 2
          : 0.5;
  return partsOf(expr).reduce((sum, part) => sum + (part.kind === "literal" || part.kind === "field" ? 0 : weight(part)), own);
};
const PLAIN_CALLS = new Set(["lt", "le", "gt", "ge", "eq", "ne", "isNull", "isNotNull", "and", "or", "not"]);

/** Rows that break each predicate, by its index, from one grouping by the fields: masks are computed of the groups. */
export const countByValue = async (context: ScanContext, source: SqlSource, fields: readonly FewValued[]): Promise<Map<number, number>> => {
  const { write } = context;
  const own = fields.flatMap((field) => field.own);
  const words = plainMaskWords(own.map(({ sql }) => sql));
  const rowsName = write.name("touchstone_rows");
  const names = fields.map(({ name }) => write.expr(fieldOf(name)));
  const grouped = `SELECT ${names.join(", ")}, COUNT(*) AS ${rowsName} FROM ${source.from}${whereClause(source.where)} GROUP BY ${names.map((_, i) => i + 1).join(", ")}`;
  const columns = [...words.map((word, i) => `${word} AS ${write.name(`mask_${i}`)}`), `SUM(${rowsName}) AS ${write.name("rows")}`];
  const rows = await context.query(
    "value counts",
    `SELECT ${columns.join(",\n  ")}\nFROM (${grouped}) AS value_counts\nGROUP BY ${words.map((_, i) => i + 1).join(", ")}`,
  );
  const counts = new Map(own.map(({ index }) => [index, 0]));
  for (const row of rows)
    for (const bit of setBits(row, words.length)) counts.set(own[bit]!.index, counts.get(own[bit]!.index)! + toCount(row["rows"]));
  return counts;
};
