/** Aggregates over sets with NULLs, NaN, and nothing at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateAggregates } from "@touchstone/core/expr/evaluate";
import { aggregate, div, field, gt, num, type AggregateName, type Expr } from "@touchstone/core/expr/expr";
import type { FieldType } from "@touchstone/core/model/field";
import type { Cell } from "@touchstone/core/rules/rule";
import { DIALECTS } from "../dialects/index.ts";
import { renderExpr } from "../dialects/render.ts";
import { NOW, rowsSql, sameCell, type TestRow } from "./answers.ts";
import type { Engine } from "./engines.ts";

const SETS: readonly { type: FieldType; values: Cell[]; functions: AggregateName[] }[] = [
  {
    type: "Integral",
    values: [1n, 2n, 2n, null, -7n, 9223372036854775807n, 9223372036854775807n],
    functions: ["count", "countDistinct", "sum", "mean", "min", "max", "stddev", "quantile"],
  },
  { type: "Integral", values: [null], functions: ["count", "countDistinct", "sum", "mean", "min", "max", "stddev", "quantile"] },
  {
    type: "Fractional",
    values: [1.5, -2, 0.25, null, NaN, Infinity, -Infinity, 1.5],
    functions: ["count", "countDistinct", "sum", "mean", "min", "max", "stddev", "quantile"],
  },
  { type: "Fractional", values: [NaN, null], functions: ["count", "countDistinct", "sum", "mean", "min", "max", "stddev", "quantile"] },
  { type: "Fractional", values: [5], functions: ["stddev", "quantile", "mean"] },
  { type: "String", values: ["b", "A", "a", "é", "Z", null, "", "a"], functions: ["count", "countDistinct", "min", "max"] },
  { type: "Boolean", values: [true, false, null], functions: ["count", "countDistinct", "countIf", "min", "max"] },
  { type: "Date", values: ["2024-02-29", "1999-12-31", null], functions: ["count", "countDistinct", "min", "max"] },
  {
    type: "Timestamp",
    values: ["2024-02-29 23:59:59.999999", "1999-12-31 00:00:00.000000", null],
    functions: ["count", "countDistinct", "min", "max"],
  },
];

const metricsOf = (type: FieldType, functions: readonly AggregateName[]): Record<string, Expr> => {
  const x = field("x", type);
  const quantiles = [0, 0.25, 0.5, 0.9, 1].map((share): [string, Expr] => [`quantile ${share}`, aggregate("quantile", x, null, share)]);
  const plain = functions.flatMap((fn): [string, Expr][] => (fn === "quantile" ? quantiles : [[fn, aggregate(fn, x)]]));
  const some = functions.includes("sum")
    ? [["sum where", aggregate("sum", x, gt(x, num(1)))] as const, ["count where", aggregate("count", null, gt(x, num(1)))] as const]
    : [];
  return Object.fromEntries([...plain, ...some, ["rows", aggregate("count")], ["share", div(aggregate("count", x), aggregate("count"))]]);
};

const ask = async (
  engine: Engine,
  metrics: Record<string, Expr>,
  rows: readonly TestRow[],
  type: FieldType,
  where: string,
): Promise<Record<string, Cell>> => {
  const scope = { dialect: DIALECTS[engine.dialect], now: NOW };
  const columns = Object.entries(metrics).map(([name, metric]) => `${renderExpr(metric, scope)} AS ${scope.dialect.quote(name)}`);
  const [row] = await engine.session.query(`SELECT ${columns.join(", ")} FROM ${rowsSql(engine, rows, { x: type })}${where}`);
  return row ?? {};
};

export const testAggregates = (engines: () => readonly Engine[]): void => {
  for (const { type, values, functions } of SETS) {
    void test(`aggregates of ${type}: ${values.map(String).join(", ")}`, async () => {
      const metrics = metricsOf(type, functions);
      const rows = values.map((x) => ({ x }));
      for (const engine of engines())
        for (const [where, kept] of [
          ["", rows],
          [" WHERE FALSE", []],
        ] as const) {
          const answers = await ask(engine, metrics, rows, type, where);
          const expected = evaluateAggregates(metrics, kept, { now: NOW });
          for (const name of Object.keys(metrics))
            assert.ok(
              sameCell(answers[name]!, expected[name]!),
              `${engine.name}: ${name}${where} is ${String(answers[name])}, not ${String(expected[name])}`,
            );
        }
    });
  }
};
