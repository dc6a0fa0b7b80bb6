/** Slack a comparison may be given, in the property vocabulary of the wire. */
import { z } from "zod";
import { abs, add, and, call, div, eq, gt, isNotNull, mul, ne, num, or, sub, when, type Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/types.ts";
import { TEMPORAL_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";

export const NumericComparator = z.object({
  epsilon: z.number().min(0).describe("largest difference that still counts as equal; 0.02 is 2 % when not absolute"),
  as_absolute: z.boolean().default(true).describe("false: the difference relative to the first value"),
});
export const DurationComparator = z.object({
  millis: z.number().min(0).describe("largest difference in milliseconds that still counts as equal"),
});
export const StringComparator = z.object({
  ignore_whitespace: z.boolean().default(false).describe("white space is collapsed and trimmed before comparing"),
});

export type NumericComparator = z.infer<typeof NumericComparator>;
export type Comparators = {
  numeric_comparator?: NumericComparator | undefined;
  duration_comparator?: { millis: number } | undefined;
  string_comparator?: { ignore_whitespace: boolean } | undefined;
};

export const comparators = {
  numeric_comparator: NumericComparator.optional().describe("how far apart numbers may lie and still be equal"),
  duration_comparator: DurationComparator.optional().describe("how far apart dates and times may lie and still be equal"),
};

/**
 * Decimal fractions are not exact in floating point: 10.05 - 10 exceeds 0.05 by 7e-16. Every slack on fractions is widened
 * by four units in the last place of the value compared with, so that a difference of exactly epsilon counts as equal.
 */
const ROUNDING = 2 ** -50;

/** The accepted distance from a value: `epsilon` and the rounding of fractions. Whole numbers have none. */
const slackAround = (value: Expr, other: Expr, epsilon: number): Expr => {
  if (typeOf(value) === "Integral" && typeOf(other) === "Integral") return num(epsilon);
  if (value.kind === "literal") return num(epsilon + Math.abs(Number(value.value)) * ROUNDING);
  return add(num(epsilon), mul(abs(value), num(ROUNDING)));
};

/** |a - b| > limit, for numbers; `b` is what is expected. */
export const furtherThan = (a: Expr, b: Expr, limit: number): Expr => gt(abs(sub(a, b)), slackAround(b, a, limit));

/** NaN and infinities equal, exceed and undercut nothing; NULL where a side is NULL. */
export const orNotFinite = (broken: Expr, a: Expr, b: Expr): Expr =>
  isTemporal(a) || (typeOf(a) === "Integral" && typeOf(b) === "Integral")
    ? broken
    : when(bothKnown(a, b), or(broken, notFinite(a), notFinite(b)));

export const isTemporal = (operand: Expr): boolean => TEMPORAL_TYPES.some((type) => type === typeOf(operand));

/** |a - b| > epsilon, or |b - a| / |a| > epsilon (where a is zero: b is not). */
export const numbersDiffer = (a: Expr, b: Expr, comparator: NumericComparator | undefined): Expr => {
  if (!comparator || comparator.epsilon === 0) return ne(a, b);
  if (comparator.as_absolute) return furtherThan(a, b, comparator.epsilon);
  return call("coalesce", gt(div(abs(sub(b, a)), abs(a)), num(comparator.epsilon + ROUNDING)), and(eq(a, num(0)), ne(b, num(0))));
};

/** Two values of one family differ by more than the slack its type has. */
export const valuesDiffer = (a: Expr, b: Expr, given: Comparators): Expr => {
  if (isTemporal(a) && given.duration_comparator) return gt(abs(call("millisBetween", a, b)), num(given.duration_comparator.millis));
  if (typeOf(a) === "String" && given.string_comparator?.ignore_whitespace) return ne(collapsed(a), collapsed(b));
  if (typeOf(a) === "Integral" || typeOf(a) === "Fractional") return numbersDiffer(a, b, given.numeric_comparator);
  return ne(a, b);
};

// Tabs and line ends become spaces, runs of up to 32 spaces one; longer runs by repeating the halving.
const collapsed = (operand: Expr): Expr => {
  const spaced = ["\t", "\n", "\r"].reduce((inner, character) => call("replace", inner, literal(character), literal(" ")), operand);
  const single = [16, 8, 4, 2, 2].reduce((inner, run) => call("replace", inner, literal(" ".repeat(run)), literal(" ")), spaced);
  return call("trim", single);
};
const literal = (value: string): Expr => ({ kind: "literal", type: "String", value });

/** a < b once the slack is granted (`inclusive`: equality is not less, otherwise it is). */
export const below = (a: Expr, b: Expr, inclusive: boolean, given: Comparators): Expr => {
  const compare = inclusive ? "lt" : "le";
  if (isTemporal(a) && given.duration_comparator) return call(compare, call("millisBetween", b, a), num(-given.duration_comparator.millis));
  const comparator = given.numeric_comparator;
  if (!comparator || comparator.epsilon === 0) return call(compare, a, b);
  const slack = comparator.as_absolute ? slackAround(b, a, comparator.epsilon) : mul(abs(a), num(comparator.epsilon + ROUNDING));
  return call(compare, add(a, slack), b);
};

/** a > b once the slack is granted. */
export const above = (a: Expr, b: Expr, inclusive: boolean, given: Comparators): Expr => {
  const compare = inclusive ? "gt" : "ge";
  if (isTemporal(a) && given.duration_comparator) return call(compare, call("millisBetween", b, a), num(given.duration_comparator.millis));
  const comparator = given.numeric_comparator;
  if (!comparator || comparator.epsilon === 0) return call(compare, a, b);
  const slack = comparator.as_absolute ? slackAround(b, a, comparator.epsilon) : mul(abs(a), num(comparator.epsilon + ROUNDING));
  return call(compare, sub(a, slack), b);
};

export const bothKnown = (a: Expr, b: Expr): Expr => and(isNotNull(a), isNotNull(b));
