import assert from "node:assert/strict";
import { test } from "node:test";
import { maskRows } from "./source-records.ts";

const check = (name: string, fields: string[], row: unknown[], masked: string[], expected: unknown[]) =>
  test(name, () => assert.deepEqual(maskRows({ fields, rows: [row] }, masked), [expected]));

const M = "***MASKED***";
check("nothing is masked", ["a", "b"], [1, "x"], [], [1, "x"]);
check("a field is", ["a", "b"], [1, "x"], ["b"], [1, M]);
check("in other capitals", ["A", "B"], [1, "x"], ["b"], [1, M]);
check("what is missing says nothing", ["b"], [null], ["b"], [null]);
check("inside a record", ["record"], [{ a: 1, B: "x", c: [{ b: 2 }] }], ["b"], [{ a: 1, B: M, c: [{ b: M }] }]);
check("inside the text of a record", ["record"], ['{"a":1,"b":"x ü"}'], ["b"], [`{"a":1,"b":"${M}"}`]);
check("a text that only begins like a record", ["note"], ["{b: x"], ["b"], ["{b: x"]);
check("a nested list", ["l"], [[{ b: null }, "b"]], ["b"], [[{ b: null }, "b"]]);
