/** What dataDiff and isReplicaOf ask of the data. */
import { and, call, field, isNotNull, isNull, or, type Expr, type FieldRef } from "../expr/expr.ts";
import { valuesDiffer, type Comparators } from "./comparators.ts";
import { referenceOf, type ReferenceProperties } from "./reference.ts";
import type { DatasetPlan, RuleContext } from "./rule.ts";

type CompareProperties = ReferenceProperties &
  Comparators & { id_field_names: string[]; passthrough_field_names: string[]; change_types: readonly ("added" | "removed" | "changed")[] };

export const comparePlan = (fields: readonly FieldRef[], p: CompareProperties, ctx: RuleContext): DatasetPlan => {
  const keys = p.id_field_names.map((name) => ctx.field(name).name);
  const shown = new Set(p.passthrough_field_names.map((name) => ctx.field(name).name));
  const compared = fields.filter(({ name }) => !keys.includes(name) && !shown.has(name));
  const names = [...new Set([...keys, ...fields.map(({ name }) => name), ...shown])];
  return {
    kind: "compare",
    reference: referenceOf(p, names, ctx),
    keys,
    compared: compared.map((one) => ({ name: one.name, differs: (left, right) => differs(typed(left, one), typed(right, one), p) })),
    changes: p.change_types,
  };
};

// The comparators choose by type; both sides are compared as the type of the field here.
const typed = (side: Expr, one: FieldRef): Expr =>
  side.kind === "field" && side.type === "Unknown" ? field(side.name, one.type, side.of) : side;

/** NULL equals NULL and nothing else. */
const differs = (left: Expr, right: Expr, comparators: Comparators): Expr =>
  or(
    and(isNull(left), isNotNull(right)),
    and(isNotNull(left), isNull(right)),
    call("coalesce", valuesDiffer(left, right, comparators), { kind: "literal", type: "Boolean", value: false }),
  );
