import { z } from "zod";
import { and, isNull } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "anyNotNull",
  title: "Any not null",
  docs: "At least one of the selected fields has a value; only a row in which all are NULL fails.",
  takes: "multi",
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  judgesNull: true,
  describe: (fields) => `at least one of ${fields.join(", ")} is not NULL`,
  violates: (fields) => and(...fields.map(isNull)),
  cases: [
    { row: { a: null, b: null }, types: { a: "String", b: "Integral" }, violates: true },
    { row: { a: null, b: "x" }, types: { a: "String" }, violates: false },
    { row: { a: 0, b: null }, types: { b: "String" }, violates: false },
    { row: { a: "", b: null }, types: { b: "String" }, violates: false },
    { value: null, type: "Timestamp", violates: true },
    { value: false, violates: false },
  ],
});
