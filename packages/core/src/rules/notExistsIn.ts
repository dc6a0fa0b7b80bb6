import { z } from "zod";
import { type Expr } from "../expr/expr.ts";
import { namesContainer, referenceOf, referenceProperties, withNames } from "./reference.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "notExistsIn",
  title: "Does not exist in",
  docs: "No value is found in a field of another container: a list of what is forbidden. NULL passes, and a NULL over there changes nothing.",
  takes: "multi",
  properties: z
    .object({
      ...referenceProperties,
      field_name: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe("the field there, or one per field here"),
    })
    .refine(...namesContainer)
    .transform(withNames),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "whole",
  describe: (fields, p) => `${fields.join(", ")} does not exist in ${p.ref_container_name}.${[p.field_name].flat().join(", ")}`,
  violates: (fields, p, ctx) => {
    const member: Expr = { kind: "member", operands: [...fields], of: referenceOf(p, [p.field_name].flat(), ctx) };
    return member;
  },
  cases: [
    {
      row: { x: "u77" },
      references: { blocked: [{ user: "u77" }] },
      with: { ref_container_name: "blocked", field_name: "user" },
      violates: true,
    },
    {
      row: { x: "u78" },
      references: { blocked: [{ user: "u77" }] },
      with: { ref_container_name: "blocked", field_name: "user" },
      violates: false,
    },
    {
      row: { x: "u78" },
      references: { blocked: [{ user: null }, { user: "u77" }] },
      with: { ref_container_name: "blocked", field_name: "user" },
      violates: false,
    },
    {
      row: { x: null },
      types: { x: "String" },
      references: { blocked: [{ user: "u77" }, { user: null }] },
      with: { ref_container_name: "blocked", field_name: "user" },
      violates: false,
    },
    {
      row: { x: null },
      types: { x: "String" },
      null_policy: "fail",
      references: { blocked: [{ user: "u77" }] },
      with: { ref_container_name: "blocked", field_name: "user" },
      violates: true,
    },
    {
      row: { x: "u77" },
      references: { blocked: [{ user: "u77", since: 3 }] },
      with: { ref_container_name: "blocked", field_name: "user", ref_filter: "since > 5" },
      violates: false,
    },
  ],
});
