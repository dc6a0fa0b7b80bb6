/** The one question of the suite: do all engines and the evaluator give the same answers? */
import assert from "node:assert/strict";
import type { Expr } from "@touchstone/core/expr/expr";
import { engineAnswers, evaluatorAnswers, sameAnswer, type Answer, type TestRow, type Types } from "./answers.ts";
import type { Engine } from "./engines.ts";

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? `${part}n` : typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
  );

/** Disagreements shown of one comparison. */
const SHOWN_MAX = 5;

/** Fails with the expressions and rows on which somebody differs from the evaluator. */
export const assertSame = async (
  engines: readonly Engine[],
  exprs: readonly Expr[],
  rows: readonly TestRow[],
  types: Types,
): Promise<void> => {
  const expected = await evaluatorAnswers(exprs, rows);
  const differing: string[] = [];
  for (const engine of engines) {
    const answers = await engineAnswers(engine, exprs, rows, types);
    differing.push(...disagreements(engine.name, exprs, rows, expected, answers));
  }
  assert.ok(differing.length === 0, `${differing.length} answers differ from the evaluator:\n${differing.slice(0, SHOWN_MAX).join("\n")}`);
};

const disagreements = (
  name: string,
  exprs: readonly Expr[],
  rows: readonly TestRow[],
  expected: readonly Answer[][],
  answers: readonly Answer[][],
): string[] =>
  exprs.flatMap((expr, i) =>
    rows.flatMap((row, j) => {
      const [want, got] = [expected[i]![j]!, answers[i]![j]!];
      return sameAnswer(want, got) ? [] : [`  ${name}: ${shown(got)} instead of ${shown(want)}\n    ${shown(expr)}\n    row ${shown(row)}`];
    }),
  );
