import { z } from "zod";
import { lt, num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "notNegative",
  title: "Not negative",
  docs: "Each value is zero or above. NULL passes, NaN and infinities fail.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({}),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is not negative`,
  violates: ([x]) => or(lt(x!, num(0)), notFinite(x!)),
  cases: [
    { value: 0, violates: false },
    { value: 1, violates: false },
    { value: -0.01, violates: true },
    { value: -9007199254740993n, violates: true },
    { value: null, type: "Fractional", violates: false },
    { value: NaN, violates: true },
  ],
});
