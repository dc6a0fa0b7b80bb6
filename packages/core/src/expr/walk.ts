/** Looking through an expression. */
import type { Expr } from "./expr.ts";

/** The direct parts of an expression. A reference's filter is about another container and is not a part. */
export const partsOf = (expr: Expr): readonly Expr[] => {
  switch (expr.kind) {
    case "literal":
    case "field":
    case "element":
    case "native":
      return [];
    case "call":
      return expr.args;
    case "case":
      return [...expr.whens.flatMap(({ when, then }) => [when, then]), ...(expr.otherwise ? [expr.otherwise] : [])];
    case "in":
      return [expr.operand, ...expr.list];
    case "matches":
    case "cast":
    case "castable":
    case "dateTrunc":
      return [expr.operand];
    case "anyElement":
      return [expr.array, expr.predicate];
    case "member":
      return expr.operands;
    case "aggregate":
      return [expr.operand, expr.where].filter((part) => part !== null);
    case "previous":
      return [expr.operand, ...expr.orderBy];
  }
};

/** Every part of an expression, itself first. */
function* all(expr: Expr): Generator<Expr> {
  yield expr;
  for (const part of partsOf(expr)) yield* all(part);
}

/** Names of the fields of the container at hand that an expression reads, in order of appearance. */
export const fieldNamesIn = (expr: Expr): string[] => [
  ...new Set([...all(expr)].flatMap((part) => (part.kind === "field" && part.of === undefined ? [part.name] : []))),
];

/** The regular expressions an expression looks with. */
export const patternsIn = (expr: Expr): string[] => [...all(expr)].flatMap((part) => (part.kind === "matches" ? [part.pattern] : []));
