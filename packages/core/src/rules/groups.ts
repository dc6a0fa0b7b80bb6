/** How the metrics of a grouping name what the planner groups (rule.ts, DatasetPlan "groups"). */
import { aggregate, field, type DataType, type Expr, type FieldRef } from "../expr/expr.ts";

/** Number of rows of a group. */
export const rowsOf: FieldRef = field("rows", "Integral");

/** Value of the grouped expression at an index from 0. */
export const keyOf = (index: number, type: DataType): FieldRef => field(`key_${index + 1}`, type);

/** Rows of the groups for which a condition is true; of all groups without one. NULL when there are none. */
export const sumOfRows = (where: Expr | null = null): Expr => aggregate("sum", rowsOf, where);
