import { z } from "zod";
import { call, gt, type Expr } from "../expr/expr.ts";
import { TEMPORAL_TYPES } from "../model/field.ts";
import { rowRule } from "./rule.ts";

const isDate = (operand: Expr): boolean => "type" in operand && operand.type === "Date";

export default rowRule({
  type: "notFuture",
  title: "Not in the future",
  docs: "No date or time is later than the start of the scan (a date: than that day, in UTC). NULL passes.",
  takes: "single",
  appliesTo: TEMPORAL_TYPES,
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is not in the future`,
  violates: ([x]) => gt(x!, call(isDate(x!) ? "today" : "now")),
  cases: [
    { value: "2000-01-01", type: "Date", violates: false },
    { value: "2999-12-31", type: "Date", violates: true },
    { value: "1999-12-31 23:59:59", type: "Timestamp", violates: false },
    { value: "2999-12-31 23:59:59", type: "Timestamp", violates: true },
    { value: null, type: "Date", violates: false },
    { value: null, type: "Timestamp", null_policy: "fail", violates: true },
  ],
});
