/** What can be read off a column: its text, parts of it, the year of a date. Two columns that share what can be read off them are related. */
import { TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { quoted } from "./numbers.ts";
import type { Column } from "./sample.ts";

/** A function of one column, as JavaScript on canonical text and as an expression of the portable language. */
export type View = {
  column: string;
  of: (text: string) => string | null;
  expression: string;
  /** Numbers are compared with numbers, texts with texts. */
  kind: "text" | "number";
  /** Whether the column itself is text, and no number of which digits are read. */
  isText: boolean;
  /** Steps a person follows to see it: simpler views are preferred. */
  steps: number;
  /** For a fixed number of characters, from which side they are. */
  keeps?: "beginning" | "end";
};

/** Signs at which texts are divided. */
const SEPARATORS = [" ", "-", "_", ",", "/", ".", ":", "@", "|", "#"];
/** Fixed lengths of beginnings and ends that are looked at. */
const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 10];
/** Longer texts are prose: only whole values are looked for in them. */
const LENGTH_MAX = 80;
/** Values looked at for choosing the views of a column. */
const VALUES_LOOKED_AT = 200;

const characters = (text: string): readonly string[] | string => (/[\ud800-\udfff]/.test(text) ? [...text] : text);
const cut = (text: string, from: number, to?: number): string => {
  const all = characters(text);
  return typeof all === "string" ? all.slice(from, to) : all.slice(from, to).join("");
};

const isDigit = (sign: string | undefined): boolean => sign !== undefined && sign >= "0" && sign <= "9";

/** Whether what a view keeps of a text ends within a number, so that it tells the size of the number and not what it is. */
export const cutsNumber = ({ of, keeps }: View, text: string): boolean => {
  const kept = keeps === undefined ? null : of(text);
  if (kept === null) return false;
  const at = keeps === "beginning" ? kept.length : text.length - kept.length;
  return isDigit(text[at - 1]) && isDigit(text[at]);
};

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

const isWholeNumber = (text: string) => /^-?[0-9]{1,15}$/.test(text);

/** How a column is written as text in the language; null where its text is not the same everywhere. */
export const textExpression = (c: Column): string | null => {
  const name = quoted(c.field.name);
  if (c.field.field_type === "String") return name;
  if (c.field.field_type === "Integral") return `CAST(${name} AS STRING)`;
  if (c.field.field_type !== "Fractional") return null;
  const isWhole = c.values.every((text, code) => c.counts[code] === 0 || isWholeNumber(text));
  return isWhole ? `CAST(CAST(${name} AS BIGINT) AS STRING)` : `CAST(${name} AS STRING)`;
};

const before = (separator: string) => (text: string) => {
  const at = text.indexOf(separator);
  return at < 0 ? null : text.slice(0, at);
};
const after = (separator: string) => (text: string) => {
  const at = text.indexOf(separator);
  return at < 0 ? null : text.slice(at + separator.length);
};

const divided = (x: string, separator: string, part: (x: string) => string) =>
  `CASE WHEN CONTAINS(${x}, ${literal(separator)}) THEN ${part(x)} END`;

/** The separators that stand in most of the values. */
const separatorsOf = (values: readonly string[]) =>
  SEPARATORS.filter((sign) => values.filter((text) => text.includes(sign)).length >= values.length * 0.8);

const TEMPORAL_PARTS = [
  { name: "YEAR", of: (text: string) => text.slice(0, 4) },
  { name: "MONTH", of: (text: string) => text.slice(5, 7) },
  { name: "DAY", of: (text: string) => text.slice(8, 10) },
] as const;

const asWhole = (text: string | null) => (text !== null && isWholeNumber(text) ? String(Number(text)) : null);

const temporalViews = (c: Column): View[] =>
  TEMPORAL_PARTS.map(({ name, of }) => ({
    column: c.field.name,
    of: (text) => asWhole(of(text)),
    expression: `${name}(${quoted(c.field.name)})`,
    kind: "number",
    isText: false,
    steps: 1,
  }));

const occurring = (c: Column): string[] => {
  const found: string[] = [];
  for (let code = 0; code < c.values.length && found.length < VALUES_LOOKED_AT; code++)
    if (c.counts[code]! > 0) found.push(c.values[code]!);
  return found;
};

const textViews = (c: Column, x: string): View[] => {
  const values = occurring(c);
  const longest = Math.max(0, ...values.map((text) => text.length));
  const column = c.field.name;
  const isText = c.field.field_type === "String";
  const view = (expression: string, steps: number, of: View["of"]): View => ({ column, of, expression, kind: "text", isText, steps });
  const whole = view(x, 0, (text) => text);
  if (longest > LENGTH_MAX) return [whole];
  const ends = LENGTHS.filter((length) => length < longest).flatMap((length) => [
    { ...view(`LEFT(${x}, ${length})`, 1, (text) => cut(text, 0, length)), keeps: "beginning" as const },
    { ...view(`RIGHT(${x}, ${length})`, 1, (text) => cut(text, -length)), keeps: "end" as const },
  ]);
  const parts = separatorsOf(values).flatMap((sign) => [
    view(
      divided(x, sign, (t) => `LEFT(${t}, INSTR(${t}, ${literal(sign)}) - 1)`),
      2,
      before(sign),
    ),
    view(
      divided(x, sign, (t) => `SUBSTRING(${t}, INSTR(${t}, ${literal(sign)}) + 1)`),
      2,
      after(sign),
    ),
  ]);
  const cases = values.some((text) => text !== text.toLowerCase()) ? [view(`LOWER(${x})`, 1, (text) => text.toLowerCase())] : [];
  return [whole, ...cases, ...parts, ...ends];
};

/** The same read as numbers, where zeros in front hide it. */
const numericViews = (views: readonly View[], values: readonly string[]): View[] =>
  views
    .filter(({ of }) => {
      const seen = values.map(of);
      return seen.filter((text) => text !== null && isWholeNumber(text)).length >= values.length * 0.8;
    })
    .map((v) => ({
      ...v,
      of: (text) => asWhole(v.of(text)),
      expression: `TRY_CAST(${v.expression} AS BIGINT)`,
      kind: "number",
      steps: v.steps + 1,
    }));

/** Everything that can be read off a column. */
export const viewsOf = (c: Column): View[] => {
  if (TEMPORAL_TYPES.includes(c.field.field_type)) return temporalViews(c);
  const x = textExpression(c);
  if (x === null) return [];
  const texts = textViews(c, x);
  if (c.field.field_type === "String") return [...texts, ...numericViews(texts, occurring(c))];
  const isWhole = occurring(c).every(isWholeNumber);
  const number: View = { column: c.field.name, of: asWhole, expression: quoted(c.field.name), kind: "number", isText: false, steps: 0 };
  return isWhole ? [number, ...texts] : texts.slice(0, 1);
};

const memory = new WeakMap<readonly string[], Map<string, (string | null)[]>>();

/** What a view shows in each row; computed once per value. */
export const shown = (c: Column, view: View): ((row: number) => string | null) => {
  const known = memory.get(c.values) ?? new Map<string, (string | null)[]>();
  memory.set(c.values, known);
  const texts = known.get(view.expression) ?? [];
  known.set(view.expression, texts);
  return (row) => {
    const code = c.codes[row]!;
    if (code < 0) return null;
    const text = texts[code];
    return text === undefined ? (texts[code] = view.of(c.values[code]!)) : text;
  };
};
