import { z } from "zod";
import { isNull, or } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "notNull",
  title: "Not null",
  docs: "Every selected field has a value. NULL is the subject of this rule: any NULL among the fields fails. Empty text is a value.",
  takes: "multi",
  properties: z.object({}),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  judgesNull: true,
  describe: (fields) => `${fields.join(", ")} ${fields.length > 1 ? "are" : "is"} never NULL`,
  violates: (fields) => or(...fields.map(isNull)),
  cases: [
    { value: 1, violates: false },
    { value: null, type: "Integral", violates: true },
    { value: "", violates: false },
    { value: false, violates: false },
    { row: { a: 7, b: null }, types: { b: "String" }, violates: true },
    { row: { a: null, b: null }, types: { a: "Date", b: "String" }, violates: true },
    { row: { a: 7, b: "x" }, violates: false },
  ],
});
