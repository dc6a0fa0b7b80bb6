import assert from "node:assert/strict";
import { test } from "node:test";
import type { AggregateName } from "@touchstone/core/expr/expr";
import type { Cell } from "@touchstone/core/rules/rule";
import { mergeCells } from "./merge.ts";

const check = (fn: AggregateName, parts: Cell[], expected: Cell): void => {
  void test(`${fn} of ${parts.map(String).join(", ")}`, () =>
    assert.deepEqual(
      parts.reduce((a, b) => mergeCells(fn, a, b), null as Cell),
      expected,
    ));
};

check("count", [3, 4], 7);
check("sum", [null, null], null);
check("sum", [null, 2.5], 2.5);
check("sum", [0.1, 0.2], 0.3);
check("sum", [9007199254740991, 1], 9007199254740992n);
check("sum", ["12345678901234567890.25", 0.75], "12345678901234567891");
check("sum", [-0.5, 0.25], -0.25);
check("sum", [Number.NaN, 1], Number.NaN);
check("sum", [1e300, 1e300], 2e300);
check("min", [3, null, -1, 2n], -1);
check("max", ["2024-01-02", "2024-01-10"], "2024-01-10");
check("max", ["Z", "a", "é", "\u{1F600}", "\uFFFD"], "\u{1F600}");
check("min", [true, false], false);
check("max", ["99999999999999999999.5", "100000000000000000000.5"], "100000000000000000000.5");
