/** Type-checking while an expression is built: nodes know their type, their place and their size. */
import type { UserError } from "../errors.ts";
import { date, timestamp, type DataType, type Expr } from "./expr.ts";
import { FUNCTIONS, type FunctionName, type FunctionSpec, type ParameterType } from "./functions.ts";
import { isDateText, microsOf, timestampText } from "./temporal.ts";
import { comparable, familyOf, resultType, typeOf } from "./types.ts";

/** An expression being built. `at` is its place in the text; `depth` and `size` bound what comes of it. */
export type Node = { expr: Expr; type: DataType; at: number; depth: number; size: number };

/** Makes the error for a place and a reason. */
export type Reject = (at: number, reason: string) => UserError;

/** Deepest expression: recursion in every walker of the tree stays far from the stack's end. */
export const DEPTH_MAX = 200;
/** Most nodes: a short text can ask for many (CASE with an operand repeats it). */
export const SIZE_MAX = 50_000;

/** A node over the nodes it is made of. */
export const node = (expr: Expr, at: number, parts: readonly Node[], reject: Reject, type: DataType = typeOf(expr)): Node => {
  const depth = 1 + Math.max(0, ...parts.map((part) => part.depth));
  const size = parts.reduce((sum, part) => sum + part.size, 1);
  if (depth > DEPTH_MAX) throw reject(at, `it is nested deeper than ${DEPTH_MAX}`);
  if (size > SIZE_MAX) throw reject(at, `it unfolds to more than ${SIZE_MAX} parts`);
  return { expr, type, at, depth, size };
};

const WORDS: Record<DataType, string> = {
  Unknown: "of unknown type",
  Integral: "a number",
  Fractional: "a number",
  Boolean: "a condition (true or false)",
  String: "text",
  Date: "a date",
  Timestamp: "a timestamp",
  Array: "an array",
  Struct: "a struct",
  Interval: "an interval",
  Null: "NULL",
};

/** A node in words: `amount is a number`. */
const said = (part: Node): string => {
  const subject = part.expr.kind === "field" ? part.expr.name : part.expr.kind === "literal" ? "the constant" : "one side";
  return `${subject} is ${WORDS[part.type]}`;
};

/** A constant text beside a date becomes a date or timestamp; any other node stays as it is. */
const coerced = (part: Node, beside: DataType, reject: Reject): Node => {
  if (familyOf(beside) !== "temporal" || part.expr.kind !== "literal" || part.expr.type !== "String") return part;
  const value = part.expr.value.trim();
  const micros = microsOf(value);
  if (micros === null) throw reject(part.at, "this text stands where a date is expected; write 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS'");
  const expr = beside === "Date" && isDateText(value) ? date(value) : timestamp(timestampText(micros));
  return { ...part, expr, type: expr.type };
};

/** Nodes that are compared with one another: texts become dates where dates are, and all are of one family. */
export const aligned = (parts: readonly Node[], at: number, reject: Reject): Node[] => {
  const temporal = parts.find((part) => familyOf(part.type) === "temporal");
  const result = temporal === undefined ? [...parts] : parts.map((part) => coerced(part, temporal.type, reject));
  const anchor = result.find((part) => familyOf(part.type) !== "unknown");
  for (const part of result) {
    if (familyOf(part.type) === "interval") throw reject(part.at, "an interval can only be added to a date or taken from it");
    if (familyOf(part.type) === "nested") throw reject(part.at, `${said(part)}, which does not compare`);
    if (anchor !== undefined && !comparable(anchor.type, part.type))
      throw reject(at, `${said(anchor)} and ${said(part)}: they do not compare; CAST one of them`);
  }
  return result;
};

const accepts = (wanted: ParameterType, type: DataType): boolean => {
  if (type === "Unknown" || type === "Null" || wanted === "any" || wanted === "comparable") return type !== "Interval";
  if (wanted === "numeric" || wanted === "temporal") return familyOf(type) === wanted;
  return wanted === type;
};

const wantedWords = (wanted: ParameterType): string => {
  if (wanted === "any" || wanted === "comparable") return "a value";
  if (wanted === "temporal") return "a date or timestamp";
  return wanted === "numeric" ? "a number" : wanted === "Integral" ? "a whole number" : WORDS[wanted];
};

/** A call of a function of the language, its arguments counted elsewhere. `name` is what the user wrote. */
export const callNode = (fn: FunctionName, name: string, args: readonly Node[], at: number, reject: Reject): Node => {
  if (fn === "add" || fn === "sub") return sumNode(fn, name, args[0]!, args[1]!, at, reject);
  const { parameters }: FunctionSpec = FUNCTIONS[fn];
  const fitted = args.map((part, i) => {
    const wanted = parameters[Math.min(i, parameters.length - 1)] ?? "any";
    const given = wanted === "temporal" ? coerced(part, "Timestamp", reject) : part;
    if (!accepts(wanted, given.type)) throw reject(part.at, `${name} takes ${wantedWords(wanted)} here, but ${said(given)}`);
    return given;
  });
  const final = parameters.includes("comparable") || fn === "coalesce" ? aligned(fitted, at, reject) : fitted;
  return typedCall(fn, final, at, reject);
};

const typedCall = (fn: FunctionName, args: readonly Node[], at: number, reject: Reject): Node =>
  node(
    { kind: "call", fn, args: args.map(({ expr }) => expr) },
    at,
    args,
    reject,
    resultType(
      fn,
      args.map(({ type }) => type),
    ),
  );

/** Sums and differences: of numbers, or of a date or timestamp and an interval. */
const sumNode = (fn: "add" | "sub", name: string, left: Node, right: Node, at: number, reject: Reject): Node => {
  const [a, b] = fn === "add" && left.type === "Interval" ? [right, left] : [left, right];
  if (b.type === "Interval") return moveNode(fn, coerced(a, "Timestamp", reject), b, at, reject);
  for (const part of [a, b]) {
    const family = familyOf(part.type);
    if (family === "temporal")
      throw reject(
        at,
        fn === "sub" ? "dates are subtracted with DATEDIFF(end, start)" : "to a date only an interval can be added, as in INTERVAL '3' DAY",
      );
    if (family !== "numeric" && family !== "unknown")
      throw reject(part.at, `${name} takes numbers, but ${said(part)}${family === "text" ? "; text is joined with ||" : ""}`);
  }
  return typedCall(fn, [a, b], at, reject);
};

const moveNode = (fn: "add" | "sub", moment: Node, by: Node, at: number, reject: Reject): Node => {
  const family = familyOf(moment.type);
  if (family !== "temporal" && family !== "unknown") throw reject(moment.at, `an interval moves a date or timestamp, but ${said(moment)}`);
  const unit = by.expr.kind === "literal" && by.expr.type === "Interval" ? by.expr.value.unit : "day";
  if (moment.type === "Date" && (unit === "hour" || unit === "minute" || unit === "second"))
    throw reject(by.at, `a date has no ${unit}s; CAST it to TIMESTAMP first`);
  return typedCall(fn, [moment, by], at, reject);
};

/** Refuses a node that is not of the wanted family; what is unknown passes. */
export const demand = (part: Node, wanted: "Boolean" | "numeric", who: string, reject: Reject): Node => {
  if (!accepts(wanted, part.type)) throw reject(part.at, `${who} ${wanted === "Boolean" ? "a condition" : "a number"}, but ${said(part)}`);
  return part;
};
