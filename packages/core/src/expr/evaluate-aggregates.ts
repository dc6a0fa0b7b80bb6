/** Aggregates in memory. NaN and the infinities take no part in sums, means, extremes, deviations and quantiles. */
import type { Cell } from "../rules/rule.ts";
import type { Expr } from "./expr.ts";
import { typeOf } from "./types.ts";
import { cellKey, compareCells } from "./values.ts";

type Aggregate = Extract<Expr, { kind: "aggregate" }>;
type Row = Readonly<Record<string, Cell>>;

/** The value of an aggregate over rows; `valueOf` evaluates an expression on a row. */
export const aggregateValue = (expr: Aggregate, rows: readonly Row[], valueOf: (expr: Expr, row: Row) => Cell): Cell => {
  const { operand, where } = expr;
  const kept = where === null ? rows : rows.filter((row) => valueOf(where, row) === true);
  if (operand === null) return BigInt(kept.length);
  const values = kept.map((row) => valueOf(operand, row)).filter((value) => value !== null);
  return summary(expr, operand, values);
};

const isOrdinary = (value: Cell): boolean => typeof value !== "number" || Number.isFinite(value);

const summary = ({ fn, parameter }: Aggregate, operand: Expr, values: readonly Cell[]): Cell => {
  const type = typeOf(operand);
  const ordinary = values.filter(isOrdinary);
  switch (fn) {
    case "count":
      return BigInt(values.length);
    case "countIf":
      return BigInt(values.filter((value) => value === true).length);
    case "countDistinct":
      return BigInt(new Set(values.map((value) => cellKey(value, type))).size);
    case "sum":
      return total(ordinary);
    case "mean":
      return meanOf(ordinary.map(Number));
    case "min":
    case "max":
      return ordinary.reduce<Cell>(
        (best, value) => (best === null || compareCells(value, best, [type]) * (fn === "max" ? 1 : -1) > 0 ? value : best),
        null,
      );
    case "stddev":
      return deviation(ordinary.map(Number));
    case "quantile":
      return quantile(ordinary.map(Number), parameter ?? 0.5);
  }
};

/** Whole numbers are added exactly; NULL of nothing. */
const total = (values: readonly Cell[]): Cell => {
  if (values.length === 0) return null;
  if (values.every((value) => typeof value === "bigint")) return values.reduce((sum: bigint, value) => sum + value, 0n);
  return values.reduce((sum: number, value) => sum + Number(value), 0);
};

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation, in two passes for accuracy; NULL of fewer than two values. */
const deviation = (values: readonly number[]): number | null => {
  if (values.length < 2) return null;
  const mean = meanOf(values)!;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

/** Continuous quantile: linear between the two nearest values (Hyndman & Fan 1996, type 7), as SQL's PERCENTILE_CONT. */
const quantile = (values: readonly number[], share: number): number | null => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
};
