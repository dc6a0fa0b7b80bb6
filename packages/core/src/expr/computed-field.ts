/**
 * Computed fields as expressions: a cast, a name of an organisation without what differs between spellings, a number as people write
 * it, or an expression of the user. Portable, so that they mean the same on every engine.
 */
import { z } from "zod";
import { userError } from "../errors.ts";
import type { Container } from "../model/container.ts";
import { FieldType, type Field } from "../model/field.ts";
import { and, call, eq, field, nullLiteral, num, text, type Expr } from "./expr.ts";
import { nearestName } from "./nearest.ts";
import { parseExpression } from "./parse.ts";

export const ComputedField = z.object({
  transformation: z.enum(["cast", "cleanedEntityName", "convertFormattedNumeric", "customExpression"]),
  source_fields: z.array(z.string()),
  properties: z.looseObject({
    target_type: FieldType.nullish(),
    format: z.string().nullish(),
    column_expression: z.string().nullish(),
    drop_from_prefix: z.boolean().nullish(),
    drop_from_suffix: z.boolean().nullish(),
    drop_from_interior: z.boolean().nullish(),
    terms_to_drop: z.array(z.string()).nullish(),
    terms_to_ignore: z.array(z.string()).nullish(),
  }),
});
export type ComputedField = z.infer<typeof ComputedField>;

type At = Pick<Container, "name" | "fields">;

const sourceOf = ({ source_fields: [wanted = ""] }: ComputedField, { name, fields }: At): Field => {
  const names = fields.map((one) => one.name);
  const found = fields.find((one) => one.name === wanted);
  if (found === undefined) throw userError("FIELD_UNKNOWN", wanted, name, nearestName(wanted, names));
  return found;
};

const safeCast = (operand: Expr, to: FieldType): Expr => ({ kind: "cast", operand, to, safe: true });
const asText = (source: Field): Expr =>
  source.field_type === "String"
    ? field(source.name, "String")
    : { kind: "cast", operand: field(source.name, source.field_type), to: "String", safe: true };

const replaced = (expr: Expr, pairs: readonly (readonly [string, string])[]): Expr =>
  pairs.reduce((at, [from, to]) => call("replace", at, text(from), text(to)), expr);

// ── Cast ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Parts of a moment in a format, each of a fixed width. */
const MOMENT_PARTS = ["yyyy", "MM", "dd", "HH", "mm", "ss"] as const;

/**
 * A moment written in a format of fixed places, such as `dd.MM.yyyy HH:mm`. What has other characters between the parts, or another
 * length, is none. Throws NOT_SUPPORTED for other formats.
 */
const momentOf = (source: Expr, format: string, type: "Date" | "Timestamp"): Expr => {
  const at = Object.fromEntries(MOMENT_PARTS.map((part) => [part, format.indexOf(part)]));
  const rest = MOMENT_PARTS.reduce((left, part) => left.replace(part, "\0".repeat(part.length)), format);
  if (["yyyy", "MM", "dd"].some((part) => at[part]! < 0) || /[A-Za-z]/.test(rest))
    throw userError(
      "NOT_SUPPORTED",
      `the format ${format}`,
      "A cast",
      `it is made of ${MOMENT_PARTS.join(", ")}, each at most once, with yyyy, MM and dd among them`,
    );
  const part = (name: (typeof MOMENT_PARTS)[number]): Expr =>
    at[name]! < 0 ? text("00") : call("substring", source, num(at[name]! + 1), num(name.length));
  const literals = [...rest].flatMap((character, i) =>
    character === "\0" ? [] : [eq(call("substring", source, num(i + 1), num(1)), text(character))],
  );
  const written = call(
    "concat",
    part("yyyy"),
    text("-"),
    part("MM"),
    text("-"),
    part("dd"),
    ...(type === "Date" ? [] : [text(" "), part("HH"), text(":"), part("mm"), text(":"), part("ss")]),
  );
  const fits = and(eq(call("length", source), num(format.length)), ...literals);
  return { kind: "case", whens: [{ when: fits, then: safeCast(written, type) }], otherwise: nullLiteral };
};

const castOf = (definition: ComputedField, at: At): Expr => {
  const source = sourceOf(definition, at);
  const { target_type, format } = definition.properties;
  const type = target_type ?? "String";
  if (format == null || format === "") return safeCast(field(source.name, source.field_type), type);
  if (type !== "Date" && type !== "Timestamp")
    throw userError("NOT_SUPPORTED", `the format ${format}`, "A cast", "only dates and times are read by a format");
  return momentOf(asText(source), format, type);
};

// ── Numbers as people write them ────────────────────────────────────────────────────────────────────────────────

/** What stands in a number without being of it: currency signs, the separator of thousands, spaces, percent, brackets. */
const NOT_NUMBER = ["$", "€", "£", "¥", "₹", "₽", "₩", "¢", ",", "'", "_", " ", "\u00a0", "\u202f", "%", "(", ")", "+"];

/** `€1,240.50` is 1240.5 and `(7)` is −7; what is left that is no number is NULL. A comma separates thousands. */
const numberOf = (definition: ComputedField, at: At): Expr => {
  const source = call("trim", asText(sourceOf(definition, at)));
  const number = safeCast(
    replaced(
      source,
      NOT_NUMBER.map((character) => [character, ""] as const),
    ),
    "Fractional",
  );
  const isBracketed = and(call("contains", source, text("(")), call("contains", source, text(")")));
  return { kind: "case", whens: [{ when: isBracketed, then: call("neg", number) }], otherwise: number };
};

// ── Names of organisations ──────────────────────────────────────────────────────────────────────────────────────

/** Legal forms and an article, as they are written without dots. */
const TERMS = (
  "the inc incorporated corp corporation co company ltd limited llc llp lp plc gmbh mbh ag kg kgaa ohg ug ev sa sas sarl srl spa " +
  "bv nv ab as asa aps oy oyj kk pty pte pvt sl sro zoo"
).split(" ");

/** Ends of the text while it is worked on: no name has them. */
const [BEGIN, END] = ["\u0002", "\u0003"];

const singleSpaced = (expr: Expr): Expr =>
  replaced(expr, [
    ["    ", " "],
    ["   ", " "],
    ["  ", " "],
    ["  ", " "],
  ]);

/** In lower case, without punctuation, with single spaces, and without the terms where they are to be dropped. */
const nameOf = (definition: ComputedField, at: At): Expr => {
  const { drop_from_prefix, drop_from_suffix, drop_from_interior, terms_to_drop, terms_to_ignore } = definition.properties;
  const ignored = new Set((terms_to_ignore ?? []).map((term) => term.toLowerCase()));
  const terms = [...new Set([...TERMS, ...(terms_to_drop ?? []).map((term) => term.trim().toLowerCase())])].filter(
    (term) => term !== "" && !ignored.has(term),
  );
  const plain = replaced(call("lower", asText(sourceOf(definition, at))), [
    [".", ""],
    ["'", ""],
    ["’", ""],
    [",", " "],
    [";", " "],
    [":", " "],
    ['"', " "],
    ["(", " "],
    [")", " "],
    ["&", " & "],
    ["-", " "],
    ["/", " "],
  ]);
  const words = call("concat", text(`${BEGIN} `), call("trim", singleSpaced(plain)), text(` ${END}`));
  const drop = (expr: Expr, pair: (term: string) => readonly [string, string]): Expr => replaced(expr, terms.map(pair));
  const withoutPrefix = drop_from_prefix === true ? drop(words, (term) => [`${BEGIN} ${term} `, `${BEGIN} `]) : words;
  const withoutSuffix = drop_from_suffix === false ? withoutPrefix : drop(withoutPrefix, (term) => [` ${term} ${END}`, ` ${END}`]);
  // A term at an end that is to stay is parted from its space, so that it is not taken for one in the middle.
  const parted = replaced(withoutSuffix, [
    [`${BEGIN} `, BEGIN],
    [` ${END}`, END],
  ]);
  const middle = drop_from_interior === true ? drop(parted, (term) => [` ${term} `, " "]) : parted;
  return call(
    "trim",
    replaced(middle, [
      [BEGIN, ""],
      [END, ""],
    ]),
  );
};

/** The value of a computed field. Throws FIELD_UNKNOWN, EXPRESSION_INVALID, NOT_SUPPORTED. */
export const computedFieldExpr = (definition: ComputedField, at: At): Expr => {
  switch (definition.transformation) {
    case "cast":
      return castOf(definition, at);
    case "convertFormattedNumeric":
      return numberOf(definition, at);
    case "cleanedEntityName":
      return nameOf(definition, at);
    case "customExpression":
      return parseExpression(definition.properties.column_expression ?? "", { fields: at.fields, container: at.name, expect: "any" });
  }
};
