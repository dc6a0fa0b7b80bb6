import { z } from "zod";
import { not, type Expr } from "../expr/expr.ts";
import { namesContainer, referenceOf, referenceProperties, withNames } from "./reference.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "existsIn",
  title: "Exists in",
  docs: "Each value is found in a field of another container, of the same datastore or of another. NULL passes, and a NULL over there changes nothing. Several fields are compared as one combination with as many fields there.",
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
  describe: (fields, p) => `${fields.join(", ")} exists in ${p.ref_container_name}.${[p.field_name].flat().join(", ")}`,
  violates: (fields, p, ctx) => {
    const member: Expr = { kind: "member", operands: [...fields], of: referenceOf(p, [p.field_name].flat(), ctx) };
    return not(member);
  },
  cases: [
    {
      row: { x: "A" },
      references: { products: [{ sku: "A" }, { sku: "B" }] },
      with: { ref_container_name: "products", field_name: "sku" },
      violates: false,
    },
    {
      row: { x: "Z9" },
      references: { products: [{ sku: "A" }, { sku: "B" }] },
      with: { ref_container_name: "products", field_name: "sku" },
      violates: true,
    },
    {
      row: { x: null },
      types: { x: "String" },
      references: { products: [{ sku: "A" }] },
      with: { ref_container_name: "products", field_name: "sku" },
      violates: false,
    },
    {
      row: { x: "Z9" },
      references: { products: [{ sku: "A" }, { sku: null }] },
      with: { ref_container_name: "products", field_name: "sku" },
      violates: true,
    },
    {
      row: { x: "B" },
      references: {
        products: [
          { sku: "A", live: true },
          { sku: "B", live: false },
        ],
      },
      with: { ref_container_name: "products", field_name: "sku", ref_filter: "live" },
      violates: true,
    },
    {
      row: { x: 2 },
      references: { numbers: [{ n: 1 }, { n: 2 }, { n: 2 }] },
      with: { ref_container_name: "numbers", field_name: "n" },
      violates: false,
    },
  ],
});
