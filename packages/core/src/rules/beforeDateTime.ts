import { z } from "zod";
import { ge } from "../expr/expr.ts";
import { TEMPORAL_TYPES } from "../model/field.ts";
import { instant, moment } from "./moment.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "beforeDateTime",
  title: "Before date-time",
  docs: "Each date or time is strictly before a cutoff, which is read in UTC; equality fails, NULL passes. A date counts as its midnight.",
  takes: "single",
  appliesTo: TEMPORAL_TYPES,
  properties: z.object({ datetime: moment.describe("the cutoff, ISO 8601") }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is before ${p.datetime}`,
  violates: ([x], p) => ge(x!, instant(p.datetime)),
  cases: [
    { value: "2030-01-02", type: "Date", with: { datetime: "2030-01-01" }, violates: true },
    { value: "2030-01-01", type: "Date", with: { datetime: "2030-01-01" }, violates: true },
    { value: "2029-12-31", type: "Date", with: { datetime: "2030-01-01" }, violates: false },
    { value: "2029-12-31 23:59:59.999999", type: "Timestamp", with: { datetime: "2030-01-01T00:00:00Z" }, violates: false },
    { value: "2029-12-31 23:30:00", type: "Timestamp", with: { datetime: "2030-01-01T00:00:00+01:00" }, violates: true },
    { value: null, type: "Timestamp", with: { datetime: "2030-01-01" }, violates: false },
  ],
});
