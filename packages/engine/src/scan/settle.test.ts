import assert from "node:assert/strict";
import { test } from "node:test";
import { and, bool, call, field, gt, isNotNull, lt, not, num, or, when } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { Field } from "@touchstone/core/model/field";
import { exprKey } from "./expression.ts";
import { withoutIdleTests } from "./settle.ts";

const FIELDS = [
  Field.parse({ name: "whole", field_type: "Integral" }),
  Field.parse({ name: "price", field_type: "Fractional", native_type: "DECIMAL(15,2)" }),
  Field.parse({ name: "ratio", field_type: "Fractional", native_type: "DOUBLE" }),
];
const infinite = (name: string): Expr => not(call("isFinite", field(name, "Fractional")));
const low = (name: string): Expr => lt(field(name, "Fractional"), num(0));
const high = (name: string): Expr => gt(field(name, "Fractional"), num(9));

const check = (name: string, given: Expr, expected: Expr): void => {
  void test(name, () => assert.equal(exprKey(withoutIdleTests(given, FIELDS)), exprKey(expected)));
};

check("a decimal is never infinite", or(low("price"), high("price"), infinite("price")), or(low("price"), high("price")));
check("nor is a whole number", or(low("whole"), infinite("whole")), low("whole"));
check("a double may be", or(low("ratio"), infinite("ratio")), or(low("ratio"), infinite("ratio")));
check("FALSE adds nothing", or(low("ratio"), bool(false), high("ratio")), or(low("ratio"), high("ratio")));
check("what stands alone stays", infinite("price"), infinite("price"));
check(
  "under a negation NULL would matter, so it stays",
  not(or(low("price"), infinite("price"))),
  not(or(low("price"), infinite("price"))),
);

const bothKnown = (then: Expr): Expr => when(and(isNotNull(field("whole")), isNotNull(field("price"))), then);
const above = gt(field("whole"), field("price"));
check("a comparison is unknown without its operands, so it needs no test of them", bothKnown(above), above);
check("nor with idle tests beside it", bothKnown(or(above, bool(false), infinite("price"))), above);
check("what says more than the comparison stays", bothKnown(or(above, infinite("ratio"))), bothKnown(or(above, infinite("ratio"))));
check("a test of another field stays", when(isNotNull(field("ratio")), above), when(isNotNull(field("ratio")), above));
check(
  "an answer for the missing stays",
  when(isNotNull(field("whole")), above, bool(true)),
  when(isNotNull(field("whole")), above, bool(true)),
);
