import { inference, outOf, wrongValue, type Candidate } from "./candidate.ts";
import { holdsNumbers, isNumber } from "./numeric-text.ts";
import { isPlaceholder } from "./placeholders.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

/** Rows of one word from which it is a habit of the source (the way it writes what is missing) and no slip. */
const REGULAR_SHARE = 0.02;
const REGULAR_ROWS_MIN = 2;
/**
 * Rows of one and the same word from which it is an answer ("other"), in a long table no less than in a short one; unless it is one of many
 * words, none of which is common: share of the rows, and of what is no number, from which it is.
 */
const SAME_ROWS_MAX = 8;
const SAME_SHARE_MAX = 0.01;
const SAME_AMONG_MAX = 0.3;
/** Share of held-out rows that may be no numbers. */
const EXCEPTIONS_MAX = 0.15;
/** Share of the numbers inside the exceptions that must lie where the plain ones do, for the same quantity to be meant. */
const ALIKE_MIN = 0.8;
/** Share of the rows of such texts that may hold one met more often than the number inside it. */
const NAMES_MAX = 0.3;
/** Plain numbers of a thousand and more from which thousands are not always set apart by a comma. */
const PLAIN_THOUSANDS_MIN = 3;

/** Letters and runs of digits alike: `1,250` and `17,004` are written the same way. */
const wayOf = (text: string): string => text.replaceAll(/[0-9]+/g, "9").replaceAll(/\p{L}+/gu, "a");

/** A number known only as a bound (`<5`, `85+`, `10-19`) says what it can: a class, and no slip however often it stands. */
const CENSORED = /^\s*[<>≤≥]|\+\s*$|[0-9]\s*[-–]\s*[0-9]/;
const THOUSANDS = /^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$/;

/** The number inside a text that is none, or null: `12 kg`, `€ 1,250.00`, `3,5`. */
const numberInside = (text: string): number | null => {
  const match = /-?[0-9]+(?:[.,][0-9]+)*/.exec(text)?.[0];
  if (match === undefined) return null;
  const plain = THOUSANDS.test(match) ? match.replaceAll(",", "") : match.replace(",", ".");
  return isNumber(plain) ? Number(plain) : null;
};

/** Plain numbers of a column: the ends of their range, those from a thousand up, and rows per number. */
type Plain = { low: number; high: number; thousands: number; rows: ReadonlyMap<number, number> };

const plainOf = (c: Column, codes: readonly number[]): Plain => {
  const rows = new Map<number, number>();
  for (const code of codes) if (isNumber(c.values[code]!)) rows.set(Number(c.values[code]), c.counts[code]!);
  const numbers = [...rows.keys()];
  const sorted = numbers.toSorted((a, b) => a - b);
  return { low: quantileOf(sorted, 0), high: quantileOf(sorted, 1), thousands: numbers.filter((x) => x >= 1000).length, rows };
};

/**
 * Whether texts written in one way are how this source writes something, so that they are no slips. A number with something around
 * it is a slip as often as it stands, if plain numbers of that size stand elsewhere: nobody means to write a weight once as `12` and
 * once as `12 kg`. A bound or a class is meant; a comma is if all thousands have one; and texts on more rows than
 * their numbers are names (`207a`).
 */
const isMeant = (c: Column, members: readonly number[], plain: Plain, isAnswer: (code: number) => boolean): boolean => {
  const rowsOf = (codes: readonly number[]) => codes.reduce((n, code) => n + c.counts[code]!, 0);
  const [rows, texts] = [rowsOf(members), members.map((code) => c.values[code]!)];
  if (rows > REGULAR_ROWS_MIN && texts.every((text) => CENSORED.test(text))) return true;
  if (members.some((code) => isAnswer(code) && !/[0-9]/.test(c.values[code]!) && !isPlaceholder(c.values[code]!))) return true;
  if (rows <= Math.max(REGULAR_ROWS_MIN, c.known * REGULAR_SHARE)) return false;
  if (texts.every((text) => THOUSANDS.test(text)) && plain.thousands < PLAIN_THOUSANDS_MIN) return true;
  const names = members.filter(
    (code) => c.counts[code]! > REGULAR_ROWS_MIN && c.counts[code]! > (plain.rows.get(numberInside(c.values[code]!) ?? NaN) ?? 0),
  );
  if (rowsOf(names) > rows * NAMES_MAX) return true;
  const alike = texts.filter((text) => {
    const inside = numberInside(text);
    return inside !== null && inside >= plain.low && inside <= plain.high;
  });
  return alike.length < texts.length * ALIKE_MIN;
};

const typed = (c: Column): Candidate[] => {
  if (!holdsNumbers(c)) return [];
  const codes = byFrequency(c);
  const exceptions = codes.filter((code) => !isNumber(c.values[code]!));
  const plain = plainOf(c, codes);
  const ways = Map.groupBy(exceptions, (code) => wayOf(c.values[code]!));
  const rows = exceptions.reduce((sum, code) => sum + c.counts[code]!, 0);
  const isAnswer = (code: number) => c.counts[code]! > Math.max(SAME_ROWS_MAX, Math.min(c.known * SAME_SHARE_MAX, rows * SAME_AMONG_MAX));
  if ([...ways.values()].some((members) => isMeant(c, members, plain, isAnswer))) return [];
  const whole = codes.every((code) => !isNumber(c.values[code]!) || /^[+-]?[0-9]+$/.test(c.values[code]!));
  return [
    {
      rule_type: "isType",
      fields: [c.field.name],
      properties: { field_type: whole ? "Integral" : "Fractional" },
      coverage: 1,
      why: `${outOf(c.known - rows, c.known)} values of ${c.field.name} are numbers${rows === 0 ? "" : `; the other ${rows} ${rows === 1 ? "is" : "are"} something else, or a number with something around it`}`,
      support: c.known - rows,
      violates: wrongValue(c, (code) => !isNumber(c.values[code]!)),
      exceptionsMax: EXCEPTIONS_MAX,
    },
  ];
};

export default inference({
  name: "isType",
  level: 2,
  docs:
    "Text that is a number on nearly all rows: the few cells that are none (a word, a slip, a number with a unit, a currency or a comma in it) are named. A word in regular use for what is " +
    "missing is none of them, nor is a bound or a class (<5, 85+, 10-19).",
  candidates: (sample: Sample) => sample.columns.flatMap(typed),
});
