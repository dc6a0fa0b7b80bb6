/** The property: on random rows, random expressions have one answer. Seeded, so that a failure is found again. */
import { test } from "node:test";
import * as fc from "fast-check";
import { assertSame } from "./compare.ts";
import type { Engine } from "./engines.ts";
import { anyExpr, RANDOM_TYPES, randomRows } from "./random-expressions.ts";

const SEED = 20_240_229;
const DEPTH = 4;
/** Expressions of one statement: many, since a round trip costs more than they do. */
const EXPRESSIONS = 12;

/** `runs` statements of a dozen expressions each. */
export const testProperties = (engines: () => readonly Engine[], runs: number): void => {
  void test(`${runs * EXPRESSIONS} random expressions have one answer`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyExpr(DEPTH), { minLength: EXPRESSIONS, maxLength: EXPRESSIONS }), randomRows, (exprs, rows) =>
        assertSame(engines(), exprs, rows, RANDOM_TYPES),
      ),
      { seed: SEED, numRuns: runs, endOnFailure: true },
    ));
};
