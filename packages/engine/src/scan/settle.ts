/**
 * Two cheaper ways to an answer than the shared pass, tried on big containers first; whatever they do not settle stays.
 *
 * Proof: `WHERE p1 OR p2 OR … LIMIT n` over ranges, dates and NULL tests. Row groups whose statistics exclude a violation
 * are skipped, so that on clean data almost nothing is read; rows that come back name the predicates that fail.
 * Value counts: several predicates on one field of few values are asked of each value once, not of each row.
 */
import { field as fieldOf, or } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import type { Field } from "@touchstone/core/model/field";
import { isGap } from "../dialects/dialect.ts";
import type { Predicate } from "../plan.ts";
import { toCount, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { partsOf } from "@touchstone/core/expr/walk";
import { exprKey, some } from "./expression.ts";
import { isFatal } from "./isolate.ts";
import { plainMaskWords, setBits } from "./mask.ts";
import type { SqlSource } from "./source.ts";

/** Rows from which the extra statements pay. */
export const SETTLE_ROWS_MIN = 1_000_000;

/** Counts of failing rows by index of the predicate, for those that were settled. */
export type Settled = { proved: Map<number, number>; counted: Map<number, number> };

type Candidate = { index: number; predicate: Predicate; sql: string };

/** Settles what it can. An error leaves the predicates to the shared pass, which finds out whose it is. */
export const settle = async (context: ScanContext, source: SqlSource, predicates: readonly Predicate[]): Promise<Settled> => {
  const settled: Settled = { proved: new Map(), counted: new Map() };
  if (isGap(context.session.dialect.smallestIds)) return settled;
  const candidates = predicates.flatMap((predicate, index): Candidate[] => {
    const sql = source.predicates[index]!;
    return sql.ok ? [{ index, predicate, sql: sql.value }] : [];
  });
  await unlessItFails(async () => {
    for (const { index } of await prove(
      context,
      source,
      candidates.filter(({ predicate }) => isProvable(predicate.violates, context.container.fields)),
    ))
      settled.proved.set(index, 0);
  });
  for (const [name, own] of await fewValued(
    context,
    source,
    candidates.filter(({ index }) => !settled.proved.has(index)),
  ))
    await unlessItFails(async () => {
      for (const [index, anomalous] of await countByValue(context, source, name, own)) settled.counted.set(index, anomalous);
    });
  return settled;
};

const unlessItFails = async (run: () => Promise<void>): Promise<void> => {
  try {
    await run();
  } catch (thrown) {
    if (isFatal(thrown)) throw thrown;
  }
};

// ── Proof by statistics ─────────────────────────────────────────────────────────────────────────────────────────

/** Statements before the rest is left to the shared pass: each removes a predicate at least. */
const ROUNDS_MAX = 5;
/** Failing rows of one statement: enough to meet most predicates that fail now and then in the first row groups that fail any. */
const FAILING_ROWS_MAX = 200;

const prove = async (context: ScanContext, source: SqlSource, candidates: readonly Candidate[]): Promise<readonly Candidate[]> => {
  let left = candidates;
  for (let round = 0; round < ROUNDS_MAX && left.length > 0; round++) {
    const words = plainMaskWords(left.map(({ sql }) => sql));
    const columns = words.map((word, i) => `${word} AS ${context.write.name(`mask_${i}`)}`).join(", ");
    const any = left.map(({ sql }) => `(${sql})`).join("\n  OR ");
    const rows = await context.query(
      "proof by statistics",
      `SELECT ${columns}\nFROM ${source.from}${whereClause(source.where, any)}\nLIMIT ${FAILING_ROWS_MAX}`,
    );
    if (rows.length === 0) return left;
    const broken = new Set(rows.flatMap((row) => setBits(row, words.length)));
    left = left.filter((_, i) => !broken.has(i));
  }
  return [];
};

const COMPARISONS: readonly string[] = ["lt", "le", "gt", "ge"];

/** Comparisons with constants and NULL tests, joined by AND and OR, on types whose statistics are exact. */
const isProvable = (expr: Expr, fields: readonly Field[]): boolean => {
  if (expr.kind === "literal") return true;
  if (expr.kind !== "call") return false;
  if (expr.fn === "and" || expr.fn === "or") return expr.args.every((part) => isProvable(part, fields));
  if (expr.fn === "isNull") return expr.args[0]!.kind === "field";
  // Statistics say nothing of how two fields of one row compare.
  const [left, right] = expr.args;
  return (
    COMPARISONS.includes(expr.fn) &&
    ((left!.kind === "literal" && isExact(right!, fields)) || (isExact(left!, fields) && right!.kind === "literal"))
  );
};

/** Statistics of floating-point columns say nothing of NaN, and those of text may be cut off. */
const isExact = (expr: Expr, fields: readonly Field[]): boolean => {
  if (expr.kind !== "field" || expr.of !== undefined) return false;
  const found = fields.find(({ name }) => name === expr.name);
  return found !== undefined && (["Integral", "Date", "Timestamp"].includes(found.field_type) || isDecimal(found));
};

const isDecimal = ({ native_type }: Field): boolean => /^(DECIMAL|NUMERIC)\b/i.test(native_type);

/**
 * Drops from a disjunction what is never true: FALSE, and tests for NaN and infinity on fields whose type has neither. Also
 * behind the condition that both sides are there, which is dropped too where a comparison is left that NULL leaves unknown.
 */
export const withoutIdleTests = (violates: Expr, fields: readonly Field[]): Expr => {
  if (violates.kind === "case" && violates.whens.length === 1 && violates.otherwise === null) {
    const [{ when: condition, then }] = violates.whens as [{ when: Expr; then: Expr }];
    const rest = withoutIdleTests(then, fields);
    return isPresenceOfOperands(condition, rest) ? rest : { ...violates, whens: [{ when: condition, then: rest }] };
  }
  if (violates.kind !== "call" || violates.fn !== "or") return violates;
  const [left, right] = violates.args.map((part) => withoutIdleTests(part, fields));
  if (isIdle(right!, fields)) return left!;
  return isIdle(left!, fields) ? right! : or(left!, right!);
};

/** Whether a condition asks no more than that the operands of a comparison have values. */
const isPresenceOfOperands = (condition: Expr, comparison: Expr): boolean => {
  if (comparison.kind !== "call" || !COMPARISONS.includes(comparison.fn) || condition.kind !== "call") return false;
  if (condition.fn === "and") return condition.args.every((part) => isPresenceOfOperands(part, comparison));
  return condition.fn === "isNotNull" && comparison.args.some((operand) => exprKey(operand) === exprKey(condition.args[0]!));
};

const isIdle = (expr: Expr, fields: readonly Field[]): boolean => {
  if (expr.kind === "literal") return expr.value === false;
  if (expr.kind !== "call" || expr.fn !== "not") return false;
  const [tested] = expr.args;
  if (tested?.kind !== "call" || tested.fn !== "isFinite" || tested.args[0]?.kind !== "field") return false;
  const { name } = tested.args[0];
  const found = fields.find((own) => own.name === name);
  return found !== undefined && (found.field_type === "Integral" || isDecimal(found));
};

// ── Value counts ────────────────────────────────────────────────────────────────────────────────────────────────

const LOOK_AHEAD_ROWS = 20_000;
/** Distinct values among the rows looked at up to which a field counts as one of few values. */
const VALUES_MAX = 1_000;

/** Predicates by the one field they ask about, where that field has few values and grouping by it saves work. */
const fewValued = async (context: ScanContext, source: SqlSource, candidates: readonly Candidate[]): Promise<[string, Candidate[]][]> => {
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
  const columns = worth.map(([name], i) => `COUNT(DISTINCT ${write.expr(fieldOf(name))}) AS ${write.name(`values_${i}`)}`);
  const head = `SELECT ${worth.map(([name]) => write.expr(fieldOf(name))).join(", ")} FROM ${source.from}${whereClause(source.where)} LIMIT ${LOOK_AHEAD_ROWS}`;
  const rows = await context.query("look-ahead for value counts", `SELECT ${columns.join(", ")}\nFROM (${head}) AS head`);
  return worth.filter((_, i) => toCount(rows[0]?.[`values_${i}`]) <= VALUES_MAX);
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

const countByValue = async (
  context: ScanContext,
  source: SqlSource,
  name: string,
  own: readonly Candidate[],
): Promise<Map<number, number>> => {
  const { write } = context;
  const words = plainMaskWords(own.map(({ sql }) => sql));
  const rowsName = write.name("touchstone_rows");
  const grouped = `SELECT ${write.expr(fieldOf(name))}, COUNT(*) AS ${rowsName} FROM ${source.from}${whereClause(source.where)} GROUP BY 1`;
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
