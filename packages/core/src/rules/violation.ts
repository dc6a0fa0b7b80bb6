/** What a row check finds wrong, with all that the check adds to its rule: element mode and the policy on NULL. */
import { isNull, or, type ElementRef, type Expr } from "../expr/expr.ts";
import type { BoundCheck } from "./bind.ts";
import type { RowRule } from "./rule.ts";

/**
 * True for a row that breaks the check; the check's filter is not part of it. With `null_policy` fail a NULL in a tested
 * field (or element) breaks it too, unless the rule is about NULL itself.
 */
export const violationOf = (
  rule: RowRule,
  { check, fields, properties, context }: Pick<BoundCheck, "check" | "fields" | "properties" | "context">,
): Expr => {
  const failsOnNull = check.null_policy === "fail" && rule.judgesNull !== true;
  const onNull = (operands: readonly Expr[]): Expr[] => (failsOnNull ? operands.map(isNull) : []);
  const [array] = fields;
  if (rule.elementwise !== true || array?.type !== "Array" || check.properties["is_element_context"] !== true)
    return or(rule.violates(fields, properties, context), ...onNull(fields));
  const element: ElementRef = {
    kind: "element",
    type: context.containerFields.find(({ name }) => name === array.name)?.element_type ?? "Unknown",
  };
  const predicate = or(rule.violates([element], properties, context), ...onNull([element]));
  return or({ kind: "anyElement", array, predicate }, ...onNull([array]));
};
