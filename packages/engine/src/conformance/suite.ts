/** The conformance suite: everything that must have one same answer, run on a list of engines. */
import { test } from "node:test";
import { call, field, type Expr } from "@touchstone/core/expr/expr";
import { FUNCTIONS, type FunctionName } from "@touchstone/core/expr/functions";
import type { Cell } from "@touchstone/core/rules/rule";
import { literalOf, type TestRow, type Types } from "./answers.ts";
import { assertSame } from "./compare.ts";
import type { Engine } from "./engines.ts";
import { testAggregates } from "./aggregate-tests.ts";
import { FUNCTION_CASES, MORE_CASES, type Vector } from "./function-cases.ts";

import { testDifferences, testNames } from "./name-tests.ts";
import { testProperties } from "./property-tests.ts";
import { testRules } from "./rule-tests.ts";
import { testValues } from "./value-tests.ts";

type Engines = () => readonly Engine[];

const NAMES = ["a", "b", "c"];

const fieldTypeOf = (type: Types[string]) => (typeof type === "string" ? type : "Array");

const vectorTypes = ({ types }: Vector): Types => Object.fromEntries(types.map((type, i) => [NAMES[i]!, type]));

/** The tuples, and the first of them with NULL at each position. */
const vectorRows = ({ types, args }: Vector): TestRow[] => {
  const withNull = types.map((_, at) => (args[0] ?? []).map((cell, i): Cell => (i === at ? null : cell)));
  return [...args, ...withNull].map((tuple) => Object.fromEntries(tuple.map((cell, i) => [NAMES[i]!, cell])));
};

const onFields = (fn: FunctionName, { types }: Vector): Expr => call(fn, ...types.map((type, i) => field(NAMES[i]!, fieldTypeOf(type))));

const onConstants = (fn: FunctionName, { types }: Vector, tuple: readonly Cell[]): Expr =>
  call(fn, ...types.map((type, i) => literalOf(tuple[i]!, typeof type === "string" ? type : "String")));

/** Tuples tried as constants too: other SQL is written for them. */
const CONSTANTS_MAX = 40;

const testFunctions = (engines: Engines): void => {
  for (const fn of Object.keys(FUNCTIONS) as FunctionName[]) {
    void test(`function ${fn}`, async () => {
      for (const vector of FUNCTION_CASES[fn]) {
        await assertSame(engines(), [onFields(fn, vector)], vectorRows(vector), vectorTypes(vector));
        if (vector.types.some((type) => typeof type !== "string")) continue;
        const step = Math.ceil(vector.args.length / CONSTANTS_MAX);
        const some = vector.args.filter((_, i) => i % step === 0);
        await assertSame(
          engines(),
          some.map((tuple) => onConstants(fn, vector, tuple)),
          [{}],
          {},
        );
      }
    });
  }
  void test("intervals and rounding", () => assertSame(engines(), MORE_CASES.exprs, MORE_CASES.rows, MORE_CASES.types));
};

/** Registers all tests. `engines` is called when they run; `propertyRuns` as in property-tests.ts. */
export const testConformance = (engines: Engines, propertyRuns: number): void => {
  testFunctions(engines);
  testValues(engines);
  testAggregates(engines);
  testNames(engines);
  testDifferences(engines);
  testRules(engines);
  testProperties(engines, propertyRuns);
};
