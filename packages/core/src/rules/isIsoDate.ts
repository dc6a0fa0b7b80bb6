import { z } from "zod";
import { castable, matches, not, or } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

const DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const DATE_TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}";

export default rowRule({
  type: "isIsoDate",
  title: "Is ISO date",
  docs: "The whole text is a date of the calendar in ISO 8601 form YYYY-MM-DD; with `with_time` a date and time. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({ with_time: z.boolean().default(false).describe("a date and time instead of a date alone") }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is an ISO date${p.with_time ? " and time" : ""}`,
  violates: ([x], p) => or(not(matches(x!, p.with_time ? DATE_TIME : DATE)), not(castable(x!, p.with_time ? "Timestamp" : "Date"))),
  cases: [
    { value: "2032-02-29", violates: false },
    { value: "2031-02-29", violates: true },
    { value: "2031-2-9", violates: true },
    { value: "09/02/2031", violates: true },
    { value: "2031-02-09T10:00:00", violates: true },
    { value: "2031-02-09T10:00:00Z", with: { with_time: true }, violates: false },
    { value: "2031-02-09", with: { with_time: true }, violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
