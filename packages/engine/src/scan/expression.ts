/** What planning needs to know of expressions: a key for equality, a walk, and a rewrite. Pure. */
import type { AggregateName, Expr } from "@touchstone/core/expr/expr";
import { fieldNamesIn, partsOf } from "@touchstone/core/expr/walk";

/** Equal expressions have equal keys. Property order is that of the builders, so the key is stable within a run. */
export const exprKey = (expr: unknown): string =>
  JSON.stringify(expr, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));

/** True when the expression or a part of it satisfies the test. */
export const some = (expr: Expr, test: (expr: Expr) => boolean): boolean => test(expr) || partsOf(expr).some((part) => some(part, test));

/** Names of the fields some expressions read of their own source; null where a part does not say which. */
export const fieldsRead = (exprs: readonly Expr[]): string[] | null => {
  const isSilent = ({ kind }: Expr): boolean => kind === "native" || kind === "member";
  return exprs.some((expr) => some(expr, isSilent)) ? null : [...new Set(exprs.flatMap(fieldNamesIn))];
};

/** Rebuilds an expression bottom-up; `change` sees each node after its parts were changed. */
export const rewrite = (expr: Expr, change: (expr: Expr) => Expr): Expr => {
  const go = (part: Expr) => rewrite(part, change);
  switch (expr.kind) {
    case "literal":
    case "field":
    case "element":
    case "native":
      return change(expr);
    case "call":
      return change({ ...expr, args: expr.args.map(go) });
    case "case":
      return change({
        ...expr,
        whens: expr.whens.map(({ when, then }) => ({ when: go(when), then: go(then) })),
        otherwise: expr.otherwise && go(expr.otherwise),
      });
    case "in":
      return change({ ...expr, operand: go(expr.operand), list: expr.list.map(go) });
    case "matches":
    case "cast":
    case "castable":
    case "dateTrunc":
      return change({ ...expr, operand: go(expr.operand) });
    case "anyElement":
      return change({ ...expr, array: go(expr.array), predicate: go(expr.predicate) });
    case "member":
      return change({ ...expr, operands: expr.operands.map(go) });
    case "aggregate":
      return change({ ...expr, operand: expr.operand && go(expr.operand), where: expr.where && go(expr.where) });
    case "previous":
      return change({ ...expr, operand: go(expr.operand), orderBy: expr.orderBy.map(go) });
  }
};

export type AggregateExpr = Extract<Expr, { kind: "aggregate" }>;

const MERGEABLE: readonly AggregateName[] = ["count", "countIf", "sum", "min", "max"];

/** Whether the values of the aggregate over parts of the rows give its value over all of them. */
export const isMergeable = ({ fn }: AggregateExpr): boolean => MERGEABLE.includes(fn);
