/** What an operand begins with: constants, fields, parentheses, signs, CASE, casts and calls. */
import { userError } from "../errors.ts";
import type { Field } from "../model/field.ts";
import { aggregateCall, isAggregateName } from "./parse-aggregate.ts";
import { fieldByName } from "./fields.ts";
import { bool, field, interval, nullLiteral, text, type IntervalUnit, type Literal } from "./expr.ts";
import { nearestName } from "./nearest.ts";
import { extracted, NAMED_FUNCTIONS, namedFunction } from "./named-functions.ts";
import {
  advance,
  BINDING,
  buildAt,
  isSymbol,
  isWord,
  needSymbol,
  needWord,
  parseList,
  peek,
  skipSymbol,
  skipWord,
  unexpected,
  type Parser,
} from "./parser.ts";
import type { Token } from "./tokens.ts";
import { typeName } from "./type-names.ts";
import { aligned, callNode, demand, node, type Node } from "./typing.ts";
import { dateLiteral, numberLiteral, timestampLiteral } from "./variables.ts";

/** Words that cannot be the bare name of a field. */
const RESERVED =
  "AND AS BETWEEN CASE CAST DISTINCT ELSE END FALSE FROM ILIKE IN IS LIKE NOT NULL OR REGEXP RLIKE THEN TRUE TRY_CAST WHEN WHERE".split(
    " ",
  );
const WINDOW = "ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE".split(" ");

/** Reads one operand without the operators behind it. */
export const prefix = (parser: Parser): Node => {
  const token = advance(parser);
  switch (token.kind) {
    case "number":
      return numeric(parser, token, "");
    case "text":
      return leaf(parser, text(token.text), token.at);
    case "variable":
      return variable(parser, token);
    case "quoted":
      return fieldNode(parser, token);
    case "symbol":
      return symbol(parser, token);
    case "name":
      return word(parser, token);
    case "end":
      throw parser.reject(token.at, unexpected(token, "a value"));
  }
};

const leaf = (parser: Parser, expr: Literal, at: number): Node => node(expr, at, [], parser.reject);

const numeric = (parser: Parser, token: Token, sign: "" | "-"): Node => {
  const literal = numberLiteral(sign + token.text);
  if (literal === null) throw parser.reject(token.at, "this number is beyond the range of 64 bits");
  return leaf(parser, literal, token.at);
};

const variable = (parser: Parser, token: Token): Node => {
  const { variables } = parser.options;
  if (/^_(\w+_)?self$/i.test(token.text))
    throw parser.reject(token.at, "the container itself can only be named in a subquery, and subqueries are not part of an expression");
  if (variables === undefined || !Object.hasOwn(variables, token.text)) throw userError("VARIABLE_UNKNOWN", token.text);
  return leaf(parser, variables[token.text]!, token.at);
};

const symbol = (parser: Parser, token: Token): Node => {
  switch (token.text) {
    case "(": {
      if (isWord(peek(parser), "SELECT"))
        throw parser.reject(
          peek(parser).at,
          "subqueries are not part of an expression; existsIn and aggregationComparison look into other containers",
        );
      const inner = parser.operand(0);
      if (isSymbol(peek(parser), ",")) throw parser.reject(peek(parser).at, "lists of values stand only after IN");
      needSymbol(parser, ")");
      return { ...inner, at: token.at };
    }
    case "-":
      if (peek(parser).kind === "number") return numeric(parser, advance(parser), "-");
      return callNode("neg", "-", [parser.operand(BINDING.sign)], token.at, parser.reject);
    case "+":
      return demand(parser.operand(BINDING.sign), "numeric", "+ takes", parser.reject);
  }
  throw parser.reject(token.at, unexpected(token, "a value"));
};

const word = (parser: Parser, token: Token): Node => {
  const name = token.text.toUpperCase();
  const next = peek(parser);
  if (name === "SELECT" || (name === "EXISTS" && isSymbol(next, "(")))
    throw parser.reject(token.at, "subqueries are not part of an expression; existsIn compares with another container");
  switch (name) {
    case "NOT":
      return callNode("not", "NOT", [parser.operand(BINDING.not)], token.at, parser.reject);
    case "CASE":
      return caseNode(parser, token);
    case "NULL":
      return leaf(parser, nullLiteral, token.at);
    case "TRUE":
    case "FALSE":
      return leaf(parser, bool(name === "TRUE"), token.at);
  }
  if ((name === "DATE" || name === "TIMESTAMP") && next.kind === "text") return moment(parser, name);
  if (name === "INTERVAL" && (next.kind === "text" || next.kind === "number" || (isSymbol(next, "-") && peek(parser, 1).kind === "number")))
    return intervalNode(parser, token);
  if (isSymbol(next, "(")) return call(parser, token, name);
  if (RESERVED.includes(name))
    throw parser.reject(token.at, `${unexpected(token, "a value")} (a field of that name is written "${token.text}")`);
  return fieldNode(parser, token);
};

const moment = (parser: Parser, name: "DATE" | "TIMESTAMP"): Node => {
  const token = advance(parser);
  const literal = name === "DATE" ? dateLiteral(token.text) : timestampLiteral(token.text);
  if (literal === null)
    throw parser.reject(
      token.at,
      name === "DATE" ? "not a date; write DATE 'YYYY-MM-DD'" : "not a timestamp; write TIMESTAMP 'YYYY-MM-DD HH:MM:SS'",
    );
  return leaf(parser, literal, token.at);
};

const UNITS: Readonly<Record<string, readonly [IntervalUnit, number]>> = {
  YEAR: ["year", 1],
  QUARTER: ["month", 3],
  MONTH: ["month", 1],
  WEEK: ["day", 7],
  DAY: ["day", 1],
  HOUR: ["hour", 1],
  MINUTE: ["minute", 1],
  SECOND: ["second", 1],
};

/** Longest interval, in its unit: about the span of the calendar in seconds. */
const INTERVAL_MAX = 1e12;

/** INTERVAL '3' DAY, INTERVAL 3 DAYS, INTERVAL '3 days'. */
const intervalNode = (parser: Parser, start: Token): Node => {
  const negative = skipSymbol(parser, "-");
  const token = advance(parser);
  const written = /^\s*([-+]?\d+)\s*([a-zA-Z]*)\s*$/.exec(token.text);
  const unitToken = peek(parser);
  const unit = written?.[2] ? written[2] : advance(parser).text;
  const known = UNITS[unit.toUpperCase().replace(/S$/, "")];
  if (written === null || Math.abs(Number(written[1])) > INTERVAL_MAX)
    throw parser.reject(token.at, "not a whole number of one unit; write INTERVAL '3' DAY");
  if (known === undefined)
    throw parser.reject(
      written[2] ? token.at : unitToken.at,
      "an interval is in years, quarters, months, weeks, days, hours, minutes or seconds",
    );
  return leaf(parser, interval(Number(written[1]) * known[1] * (negative ? -1 : 1), known[0]), start.at);
};

/** CASE WHEN condition THEN value … and CASE operand WHEN value THEN value …, both up to END. */
const caseNode = (parser: Parser, start: Token): Node => {
  const operand = isWord(peek(parser), "WHEN") ? null : parser.operand(0);
  const whens: { when: Node; then: Node }[] = [];
  while (skipWord(parser, "WHEN")) {
    const tested = parser.operand(0);
    needWord(parser, "THEN");
    const condition =
      operand === null
        ? demand(tested, "Boolean", "WHEN takes", parser.reject)
        : callNode("eq", "CASE", [operand, tested], tested.at, parser.reject);
    whens.push({ when: condition, then: parser.operand(0) });
  }
  if (whens.length === 0) throw parser.reject(peek(parser).at, unexpected(peek(parser), "WHEN"));
  const otherwise = skipWord(parser, "ELSE") ? parser.operand(0) : null;
  needWord(parser, "END");
  const values = aligned([...whens.map(({ then }) => then), ...(otherwise ? [otherwise] : [])], start.at, parser.reject);
  return node(
    {
      kind: "case",
      whens: whens.map(({ when }, i) => ({ when: when.expr, then: values[i]!.expr })),
      otherwise: otherwise === null ? null : values.at(-1)!.expr,
    },
    start.at,
    [...whens.map(({ when }) => when), ...values],
    parser.reject,
  );
};

const call = (parser: Parser, token: Token, name: string): Node => {
  advance(parser); // the parenthesis
  const result = callBody(parser, token, name);
  if (isWord(peek(parser), "OVER")) throw parser.reject(peek(parser).at, "window functions are not part of an expression");
  return result;
};

const callBody = (parser: Parser, token: Token, name: string): Node => {
  if (isAggregateName(name)) return aggregateCall(parser, token, name);
  if (name === "CAST" || name === "TRY_CAST" || name === "SAFE_CAST") return castCall(parser, token, name !== "CAST");
  const b = buildAt(parser, name, token.at);
  if (name === "EXTRACT") {
    const unit = advance(parser);
    needWord(parser, "FROM");
    return extracted(unit.text, unit.at, closed(parser), b);
  }
  if (name === "POSITION") {
    const part = parser.operand(BINDING.compare + 1);
    needWord(parser, "IN");
    return b.call("position", closed(parser), part);
  }
  const known = namedFunction(name);
  if (known === null) throw parser.reject(token.at, unknownFunction(token.text, name));
  const args = parseList(parser);
  const [least, most] = known.arity;
  if (args.length < least || args.length > most)
    throw parser.reject(token.at, `${name} is given ${args.length} arguments; it is written ${known.signature}`);
  return known.build(args, b);
};

const closed = (parser: Parser): Node => {
  const part = parser.operand(0);
  needSymbol(parser, ")");
  return part;
};

const castCall = (parser: Parser, token: Token, safe: boolean): Node => {
  const operand = parser.operand(0);
  needWord(parser, "AS");
  const to = typeName(parser);
  needSymbol(parser, ")");
  return node({ kind: "cast", operand: operand.expr, to, safe }, token.at, [operand], parser.reject);
};

const unknownFunction = (written: string, name: string): string => {
  if (WINDOW.includes(name)) return "window functions are not part of an expression";
  const nearest = nearestName(name, [
    ...NAMED_FUNCTIONS.flatMap((fn) => fn.names),
    "CAST",
    "EXTRACT",
    "POSITION",
    "COUNT",
    "SUM",
    "AVG",
    "MEDIAN",
    "STDDEV",
  ]);
  return `there is no function ${written}${nearest === null ? "; docs/expressions.md lists them" : `; the nearest name is ${nearest}`}`;
};

/** Functions that are written without parentheses, unless a field has the name. */
const BARE_CALLS = ["CURRENT_DATE", "CURRENT_TIMESTAMP"];

/** A field by its name, bare or quoted; dotted names are fields of structs. */
const fieldNode = (parser: Parser, first: Token): Node => {
  const names = [first.text];
  while (isSymbol(peek(parser), ".")) {
    advance(parser);
    const part = advance(parser);
    if (part.kind !== "name" && part.kind !== "quoted") throw parser.reject(part.at, unexpected(part, "a name"));
    names.push(part.text);
  }
  if (first.kind === "quoted" && isSymbol(peek(parser), "(")) throw parser.reject(first.at, "the name of a function is not quoted");
  const name = names.join(".");
  const bare = BARE_CALLS.includes(name.toUpperCase()) ? namedFunction(name) : null;
  const { fields } = parser.options;
  if (bare !== null && (fields === null || fieldByName(fields, name) === null)) return bare.build([], buildAt(parser, name, first.at));
  const found = fields === null ? { name, field_type: "Unknown" as const } : resolve(parser, fields, name, first);
  if (!parser.inAggregate) parser.bareField ??= { name: found.name, at: first.at };
  return node(field(found.name, found.field_type), first.at, [], parser.reject);
};

const resolve = (parser: Parser, fields: readonly Field[], name: string, token: Token): Field => {
  const found = fieldByName(fields, name);
  if (found === "ambiguous")
    throw parser.reject(token.at, `${name} is not written as any field is, and several differ from it only in case`);
  if (found !== null) return found;
  const nearest = nearestName(
    name,
    fields.map((f) => f.name),
  );
  const hint =
    nearest !== null
      ? `; the nearest name is ${nearest}`
      : token.text !== "" && token.kind === "quoted"
        ? "; text is written in single quotes"
        : "";
  throw parser.reject(token.at, `${parser.options.container} has no field ${name}${hint}`);
};
