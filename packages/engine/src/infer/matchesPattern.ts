import { inference, outOf, wrongValue, type Candidate } from "./candidate.ts";
import { datedText } from "./dateFormat.ts";
import { holdsNumbers } from "./numeric-text.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";
import { semanticOf } from "./semanticType.ts";
import { exactShape, foldedShape, runsOf, slotPattern, type Run, type Slot } from "./shape.ts";
import { edits } from "./spelling.ts";

/** Formats a column may have; more is variety, not format. */
const FORMATS_MAX = 3;
/** Share of the rows, and rows, that make a shape a format of its own rather than an exception. */
const FORMAT_SHARE_MIN = 0.05;
const FORMAT_ROWS_MIN = 4;
/** Share of the rows the formats must describe. */
const COVERED_MIN = 0.7;
/** Values that differ a format must be seen on: a shape seen on two values is two values. */
const FORMAT_VALUES_MIN = 5;
const ROWS_MIN = 15;
/** Share of the values of a format that must agree in a length or in a text for it to be part of the format. */
const SAME_MIN = 0.9;
/** Values of which a run is of one other length, and their share, from which that length is in use: `9:14` and `11:14`. */
const OTHER_LENGTH_VALUES_MAX = 3;
const OTHER_LENGTH_SHARE_MAX = 0.03;
/** Values that differ before a text common to all of them counts as part of the format. */
const LITERAL_VALUES_MIN = 8;
/** Share of the exceptions that must be one or two characters away from a format, unless exceptions are very few. */
const NEAR_MIN = 0.75;
const FEW_SHARE_MAX = 0.01;

/** Rows of one text up to which it is a slip: the same one is seldom made again, in a long table no more than in a short one. */
const SLIP_ROWS_MIN = 2;
const SLIP_ROWS_MAX = 5;
const SLIP_SHARE_MAX = 0.02;

/** A value with its folded shape (null for prose), and its runs where they have been looked at. */
type Shaped = { code: number; rows: number; text: string; shape: string | null; runs: readonly Run[] };
type Format = { shape: string; members: Shaped[]; rows: number; pattern: string; test: RegExp };

/** Longer texts are prose. */
const LENGTH_MAX = 200;

const shapes = new WeakMap<readonly string[], (string | null)[]>();

/** Folded shapes by code; a sample and its parts share them. */
const shapesOf = ({ values }: Column): (string | null)[] => {
  const known = shapes.get(values);
  if (known !== undefined) return known;
  const found = values.map((text) => (text.length > LENGTH_MAX ? null : foldedShape(text)));
  shapes.set(values, found);
  return found;
};

const shaped = (c: Column): Shaped[] => {
  const found = shapesOf(c);
  return byFrequency(c).map((code) => ({ code, rows: c.counts[code]!, text: c.values[code]!, shape: found[code]!, runs: [] }));
};

/** With their runs: few values need be taken apart. */
const apart = (members: readonly Shaped[]): Shaped[] => members.map((m) => (m.shape === null ? m : { ...m, runs: runsOf(m.text) ?? [] }));

const rowsOf = (members: readonly Shaped[]) => members.reduce((n, m) => n + m.rows, 0);

/** Rows of one value that count towards what is common: one value on many rows is not many values. */
const ROWS_COUNTED_MAX = 20;

/** The most common of some keys, with its share of the members (or of their rows). */
const commonest = (members: readonly Shaped[], key: (m: Shaped) => string | number, rowsMax = 1) => {
  const tally = new Map<string | number, number>();
  let total = 0;
  for (const m of members) {
    const [weight, own] = [Math.min(m.rows, rowsMax), key(m)];
    tally.set(own, (tally.get(own) ?? 0) + weight);
    total += weight;
  }
  const [value, weight] = [...tally].toSorted((a, b) => b[1] - a[1])[0]!;
  return { value, share: weight / total };
};

const startsWithZero = (members: readonly Shaped[], at: number) => members.some((m) => /^0[0-9]/.test(m.runs[at]!.text));

const hasOtherLength = (members: readonly Shaped[], at: number, usual: number): boolean => {
  const others = Map.groupBy(members, (m) => m.runs[at]!.text.length);
  return [...others].some(
    ([length, some]) => length !== usual && some.length > Math.max(OTHER_LENGTH_VALUES_MAX, members.length * OTHER_LENGTH_SHARE_MAX),
  );
};

/**
 * A length of digits is part of a format when nearly all agree and numbers are written with leading zeros somewhere in it;
 * else longer numbers are just larger ones. A length of letters when nearly all agree on it.
 */
const lengthOf = (members: readonly Shaped[], at: number, kind: Run["kind"]): number | null => {
  const { value, share } = commonest(members, (m) => m.runs[at]!.text.length, ROWS_COUNTED_MAX);
  if (share < SAME_MIN || hasOtherLength(members, at, Number(value))) return null;
  if (kind === "digits" && !members[0]!.runs.some((run, i) => run.kind === "digits" && startsWithZero(members, i))) return null;
  return Number(value);
};

const slotOf = (members: readonly Shaped[], at: number): Slot => {
  const kind = members[0]!.runs[at]!.kind;
  if (kind === "sign") return { kind, literal: members[0]!.runs[at]!.text, length: 1 };
  if (kind !== "digits") {
    const { value, share } = commonest(members, (m) => m.runs[at]!.text);
    return members.length >= LITERAL_VALUES_MIN && share >= SAME_MIN
      ? { kind, literal: String(value), length: null }
      : { kind, literal: null, length: lengthOf(members, at, kind) };
  }
  const number = {
    minus: members.some((m) => m.runs[at]!.text.startsWith("-")),
    thousands: members.some((m) => m.runs[at]!.text.includes(",")),
  };
  return { kind, literal: null, length: lengthOf(members, at, kind), number };
};

/** Values of a format whose exact shapes exceptions are compared with. */
const EXACT_MAX = 200;
/** Values from which a format is read; of more than twice as many it is read from these, and holds if all others are written so. */
const READ_MAX = 3000;

const formatOf = (shape: string, members: Shaped[]): Format | null => {
  const step = Math.floor(members.length / READ_MAX);
  const first = step < 2 ? null : readFormat(shape, apart(members.filter((_, i) => i % step === 0)));
  return first !== null && members.every(({ text }) => first.test.test(text))
    ? { ...first, members: [...apart(members.slice(0, EXACT_MAX)), ...members.slice(EXACT_MAX)], rows: rowsOf(members) }
    : readFormat(shape, apart(members));
};

const readFormat = (shape: string, members: Shaped[]): Format | null => {
  const slots = members[0]!.runs.map((_, at) => slotPattern(slotOf(members, at)));
  if (slots.some((s) => s === null)) return null;
  const pattern = slots.join("");
  return { shape, members, rows: rowsOf(members), pattern, test: new RegExp(`^${pattern}$`) };
};

/** Signs between words in prose and names; others (a colon and slashes, an at sign) are put there by a format. */
const PROSE_SIGNS = " ,.'&-()/";
const FORMAT_SIGNS_MIN = 2;

/** A format says something: it has digits or signs in fixed places, or is a code of fixed length. Words alone are no format. */
const isTelling = ({ members, pattern }: Format): boolean => {
  const runs = members[0]!.runs;
  const signs = runs.filter((r) => r.kind === "sign");
  if (runs.some((r) => r.kind === "digits")) return true;
  if (signs.some((r) => !PROSE_SIGNS.includes(r.text)) && signs.length >= FORMAT_SIGNS_MIN) return true;
  return runs.length === 1 && /\{\d+\}/.test(pattern);
};

/** The formats of a column: the few shapes that describe most of its rows. Null when it has none. */
const formatsOf = (all: readonly Shaped[], total: number): Format[] | null => {
  const common = [...Map.groupBy(all, ({ shape }) => shape)].flatMap(([shape, members]) =>
    shape !== null && rowsOf(members) >= Math.max(FORMAT_ROWS_MIN, total * FORMAT_SHARE_MIN) ? [{ shape, members }] : [],
  );
  if (common.length === 0 || common.length > FORMATS_MAX) return null;
  const formats = common.map(({ shape, members }) => formatOf(shape, members));
  if (formats.some((f) => f === null)) return null;
  const known = formats.filter((f) => f !== null);
  const telling = known.filter((f) => isTelling(f) && f.members.length >= FORMAT_VALUES_MIN);
  return rowsOf(telling.flatMap((f) => f.members)) >= total * 0.5 ? known : null;
};

const isNear = (exception: Shaped, exact: readonly string[]) => {
  const shape = exactOf(exception);
  return exact.some((e) => edits(shape, e, e.length < 6 ? 1 : 2) !== null);
};

/** Exact shape, or for hexadecimal (whose shapes are all different) the text with every letter and digit alike. */
const exactOf = ({ runs, text }: Shaped) =>
  runs.length === 0 || /[0-9a-f]{12}/i.test(text) ? text.replace(/[\p{L}\p{N}]/gu, "x") : exactShape(runs);

/** Exact shapes of the formats, the most frequent first, bounded. */
const exactShapes = (formats: readonly Format[]) =>
  [...new Set(formats.flatMap((f) => f.members.slice(0, EXACT_MAX).map(exactOf)))].slice(0, 60);

const plausible = (exceptions: readonly Shaped[], formats: readonly Format[], total: number): boolean => {
  if (exceptions.length === 0) return true;
  const rows = rowsOf(exceptions);
  if (rows > total * (1 - COVERED_MIN)) return false;
  if (exceptions.some((e) => e.rows > Math.max(SLIP_ROWS_MIN, Math.min(SLIP_ROWS_MAX, total * SLIP_SHARE_MAX)))) return false;
  const exact = exactShapes(formats);
  const near = exceptions.filter((e) => isNear(e, exact));
  return near.length >= exceptions.length * NEAR_MIN || (rows <= total * FEW_SHARE_MAX && rows <= 5);
};

const patternOf = (formats: readonly Format[]) =>
  formats.length === 1 ? `^${formats[0]!.pattern}$` : `^(${formats.map((f) => f.pattern).join("|")})$`;

/** Formats in which letters and digits mix, so that no shape shows them: identifiers and digests in hexadecimal. */
const HEXADECIMAL = ["[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[0-9a-f]{32}", "[0-9a-f]{40}", "[0-9a-f]{64}"];

/** Characters of these formats: few texts have as many, and need be tried. */
const HEXADECIMAL_LENGTHS = new Set([32, 36, 40, 64]);

const hexadecimal = (all: readonly Shaped[], total: number): Format[] | null => {
  const known = all.filter(({ text }) => HEXADECIMAL_LENGTHS.has(text.length));
  if (known.length < FORMAT_VALUES_MIN) return null;
  for (const pattern of [...HEXADECIMAL, ...HEXADECIMAL.map((p) => p.replaceAll("a-f", "A-F"))]) {
    const test = new RegExp(`^${pattern}$`);
    const members = known.filter((s) => test.test(s.text));
    if (members.length >= FORMAT_VALUES_MIN && rowsOf(members) >= total * COVERED_MIN)
      return [{ shape: pattern, members, rows: rowsOf(members), pattern, test }];
  }
  return null;
};

/** Numbers, dates, addresses: what they must look like is known, and has kinds of its own. */
const isOfKnownFormat = (c: Column) => holdsNumbers(c) || datedText(c) !== null || semanticOf(c) !== null;

const formatted = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String" || c.known < ROWS_MIN || isOfKnownFormat(c)) return [];
  const all = shaped(c);
  const formats = hexadecimal(all, c.known) ?? formatsOf(all, c.known);
  if (formats === null) return [];
  const exceptions = apart(all.filter((s) => !formats.some((f) => f.test.test(s.text))));
  if (!plausible(exceptions, formats, c.known)) return [];
  const pattern = patternOf(formats);
  const test = new RegExp(pattern);
  const rows = rowsOf(exceptions);
  return [
    {
      rule_type: "matchesPattern",
      fields: [c.field.name],
      properties: { pattern },
      coverage: 1,
      why: `${outOf(c.known - rows, c.known)} values of ${c.field.name} are written in ${formats.length === 1 ? "one format" : `${formats.length} formats`}${
        rows === 0 ? "" : `; the other ${rows} are each written in a way of their own`
      }`,
      support: c.known - rows,
      violates: wrongValue(c, (code) => !test.test(c.values[code]!)),
      exceptionsMax: 1 - COVERED_MIN,
    },
  ];
};

export default inference({
  name: "matchesPattern",
  level: 2,
  docs:
    "Text written in up to three formats with digits or signs in fixed places, or codes of one length. Exceptions are named when they are few, each in a shape of its own, and most of " +
    "them one or two characters away from a format. A second format that is used regularly is no exception; neither is a longer number, unless numbers carry leading zeros.",
  candidates: (sample: Sample) => sample.columns.flatMap(formatted),
});
