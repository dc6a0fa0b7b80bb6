import { z } from "zod";
import { not } from "../expr/expr.ts";
import { isListed, valueList } from "./listed.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "expectedValues",
  title: "Expected values",
  docs: "Each value is one of a list; text compares exactly, with case and white space. NULL passes. In element mode every element of an array is looked at.",
  takes: "single",
  properties: z.object({
    list: valueList.describe("the values that are allowed"),
    is_element_context: z.boolean().default(false).describe("look at each element of an array instead of the value"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  elementwise: true,
  describe: ([field], p) => `${field} is one of ${p.list.slice(0, 12).join(", ")}${p.list.length > 12 ? ", …" : ""}`,
  violates: ([x], p) => not(isListed(x!, p.list)),
  cases: [
    { value: "OPEN", with: { list: ["OPEN", "SHUT"] }, violates: false },
    { value: "AJAR", with: { list: ["OPEN", "SHUT"] }, violates: true },
    { value: "open", with: { list: ["OPEN", "SHUT"] }, violates: true },
    { value: "OPEN ", with: { list: ["OPEN", "SHUT"] }, violates: true },
    { value: null, type: "String", with: { list: ["OPEN"] }, violates: false },
    { value: null, type: "String", with: { list: ["OPEN"] }, null_policy: "fail", violates: true },
    { value: 3, with: { list: [1, 2, 3] }, violates: false },
    { value: 4, with: { list: [1, 2, "3"] }, violates: true },
    { name: "an entry that is no number equals none", value: NaN, with: { list: ["x", 1] }, violates: true },
    { name: "no entry is a number", value: null, type: "Integral", with: { list: ["x"] }, violates: false },
    { value: "2031-02-03", type: "Date", with: { list: ["2031-02-03", "no date", "2031-02-30"] }, violates: false },
    { value: "2031-02-04", type: "Date", with: { list: ["2031-02-03", "no date"] }, violates: true },
    { value: "2031-02-03 10:00:00", type: "Timestamp", with: { list: ["2031-02-03T12:00:00+02:00"] }, violates: false },
    { value: 2.5, with: { list: [2.5] }, violates: false },
    { value: true, with: { list: [false] }, violates: true },
    { name: "NULL in the list says nothing", value: "b", with: { list: ["a", null] }, violates: true },
    { value: "it's", with: { list: ["it's"] }, violates: false },
    { value: ["S", "XXL"], type: "Array", with: { list: ["S", "M"], is_element_context: true }, violates: true },
    { value: ["S", "M"], type: "Array", with: { list: ["S", "M"], is_element_context: true }, violates: false },
  ],
});
