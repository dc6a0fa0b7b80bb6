/**
 * Two cheaper ways to an answer than the shared pass, tried on big containers first; whatever they do not settle stays.
 *
 * Proof: `WHERE p1 OR p2 OR … LIMIT n` over ranges, dates and NULL tests. Row groups whose statistics exclude a violation
 * are skipped, so that on clean data almost nothing is read; rows that come back name the predicates that fail.
 * Value counts: several predicates on one field of few values are asked of each value once, not of each row.
 */
import { or } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import type { Field } from "@touchstone/core/model/field";
import { isGap } from "../dialects/dialect.ts";
import type { Row } from "../connectors/connector.ts";
import type { Predicate } from "../plan.ts";
import { countByValue, fewValued, groupedTogether } from "./by-value.ts";
import type { Candidate } from "./by-value.ts";
import { whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { exprKey } from "./expression.ts";
import { isFatal } from "./isolate.ts";
import { plainMaskWords, setBits } from "./mask.ts";
import type { SqlSource } from "./source.ts";

/** Rows from which the extra statements pay. */
export const SETTLE_ROWS_MIN = 1_000_000;

/** Counts of failing rows by index of the predicate, for those that were settled. */
export type Settled = { proved: Map<number, number>; counted: Map<number, number> };

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
  const few = await fewValued(
    context,
    source,
    candidates.filter(({ index }) => !settled.proved.has(index)),
  );
  for (const together of groupedTogether(few, source))
    await unlessItFails(async () => {
      for (const [index, anomalous] of await countByValue(context, source, together)) settled.counted.set(index, anomalous);
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
  // Most of the time nothing fails, and the question is half the work without the masks of the answer.
  if (candidates.length === 0 || (await failingRows(context, source, candidates, ["1"], 1)).length === 0) return candidates;
  let left = candidates;
  for (let round = 0; round < ROUNDS_MAX && left.length > 0; round++) {
    const words = plainMaskWords(left.map(({ sql }) => sql));
    const columns = words.map((word, i) => `${word} AS ${context.write.name(`mask_${i}`)}`);
    const rows = await failingRows(context, source, left, columns, FAILING_ROWS_MAX);
    if (rows.length === 0) return left;
    const broken = new Set(rows.flatMap((row) => setBits(row, words.length)));
    left = left.filter((_, i) => !broken.has(i));
  }
  return [];
};

const failingRows = (
  context: ScanContext,
  source: SqlSource,
  candidates: readonly Candidate[],
  columns: readonly string[],
  rowsMax: number,
): Promise<Row[]> => {
  const any = candidates.map(({ sql }) => `(${sql})`).join("\n  OR ");
  return context.query(
    "proof by statistics",
    `SELECT ${columns.join(", ")}\nFROM ${source.from}${whereClause(source.where, any)}\nLIMIT ${rowsMax}`,
  );
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
