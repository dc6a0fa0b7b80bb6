import { z } from "zod";
import { le, num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "positive",
  title: "Positive",
  docs: "Each value is above zero. Zero fails, NULL passes, NaN and infinities fail.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({}),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is above zero`,
  violates: ([x]) => or(le(x!, num(0)), notFinite(x!)),
  cases: [
    { value: 1, violates: false },
    { value: 0, violates: true },
    { value: -1, violates: true },
    { value: 0.0001, violates: false },
    { value: null, type: "Integral", violates: false },
    { value: null, type: "Integral", null_policy: "fail", violates: true },
    { value: Infinity, violates: true },
  ],
});
