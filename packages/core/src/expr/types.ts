/** The types of expressions: what an expression yields, and which types go together. */
import type { DataType, Expr } from "./expr.ts";
import { FUNCTIONS } from "./functions.ts";

/** Types whose values compare with one another. */
export type Family = "numeric" | "text" | "boolean" | "temporal" | "interval" | "nested" | "unknown";

/** The family of a type. Unknown and Null go with every family. */
export const familyOf = (type: DataType): Family => {
  switch (type) {
    case "Integral":
    case "Fractional":
      return "numeric";
    case "Date":
    case "Timestamp":
      return "temporal";
    case "String":
      return "text";
    case "Boolean":
      return "boolean";
    case "Interval":
      return "interval";
    case "Array":
    case "Struct":
      return "nested";
    case "Unknown":
    case "Null":
      return "unknown";
  }
};

/** Whether values of the two types may be compared. Arrays and structs have no order and no portable equality. */
export const comparable = (a: DataType, b: DataType): boolean => {
  const [left, right] = [familyOf(a), familyOf(b)];
  if (left === "nested" || right === "nested") return false;
  return left === right || left === "unknown" || right === "unknown";
};

/** One type for values of several: numbers widen to Fractional, dates to Timestamp, NULL yields; Unknown where none fits. */
export const unify = (types: readonly DataType[]): DataType => {
  const known = types.filter((type) => type !== "Null");
  const [first] = known;
  if (first === undefined) return "Null";
  if (known.every((type) => type === first)) return first;
  const families = new Set(known.map(familyOf));
  if (families.size > 1) return "Unknown";
  return families.has("numeric") ? "Fractional" : families.has("temporal") ? "Timestamp" : "Unknown";
};

const numericOf = (types: readonly DataType[]): DataType => {
  const unified = unify(types);
  return familyOf(unified) === "numeric" ? unified : "Unknown";
};

/** Result type of a function for argument types. A date plus or minus an interval stays a date. */
export const resultType = (fn: keyof typeof FUNCTIONS, args: readonly DataType[]): DataType => {
  const { result } = FUNCTIONS[fn];
  if (result !== "same" && result !== "numeric") return result;
  if (result === "numeric") return numericOf(args);
  const temporal = args.find((type) => familyOf(type) === "temporal");
  if ((fn === "add" || fn === "sub") && temporal !== undefined) return temporal;
  return fn === "nullif" ? (args[0] ?? "Unknown") : unify(args);
};

/** The type of an expression's values. dateTrunc keeps the type of its operand; a quantile of whole numbers is a fraction. */
export const typeOf = (expr: Expr): DataType => {
  switch (expr.kind) {
    case "literal":
    case "field":
    case "element":
      return expr.type;
    case "call":
      return callType(expr);
    case "case":
      return unify([...expr.whens.map(({ then }) => typeOf(then)), ...(expr.otherwise ? [typeOf(expr.otherwise)] : [])]);
    case "cast":
      return expr.to;
    case "in":
    case "matches":
    case "castable":
    case "anyElement":
    case "member":
      return "Boolean";
    case "dateTrunc":
    case "previous":
      return typeOf(expr.operand);
    case "aggregate":
      return aggregateType(expr.fn, expr.operand);
    case "native":
      return "Unknown";
  }
};

/** Most functions have one type of result, and their arguments need not be looked at. */
const callType = ({ fn, args }: Extract<Expr, { kind: "call" }>): DataType => {
  const { result } = FUNCTIONS[fn];
  return result === "same" || result === "numeric" ? resultType(fn, args.map(typeOf)) : result;
};

const aggregateType = (fn: Extract<Expr, { kind: "aggregate" }>["fn"], operand: Expr | null): DataType => {
  switch (fn) {
    case "count":
    case "countIf":
    case "countDistinct":
      return "Integral";
    case "mean":
    case "stddev":
    case "quantile":
      return "Fractional";
    case "sum":
    case "min":
    case "max":
      return operand ? typeOf(operand) : "Unknown";
  }
};
