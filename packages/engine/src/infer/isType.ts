import { inference, outOf, type Candidate } from "./candidate.ts";
import { holdsNumbers, isNumber } from "./numeric-text.ts";
import { byFrequency, columnNamed, type Column, type Sample } from "./sample.ts";

/** Rows of one way of writing from which it is a habit of the source ("N/A", "1,250") and no slip. */
const REGULAR_SHARE = 0.02;
const REGULAR_ROWS_MIN = 2;
/** Share of held-out rows that may be no numbers. */
const EXCEPTIONS_MAX = 0.15;

/** Letters and runs of digits alike: `1,250` and `17,004` are written the same way. */
const wayOf = (text: string): string => text.replaceAll(/[0-9]+/g, "9").replaceAll(/\p{L}+/gu, "a");

const isHabit = (c: Column, exceptions: readonly number[]): boolean => {
  const rows = new Map<string, number>();
  for (const code of exceptions) rows.set(wayOf(c.values[code]!), (rows.get(wayOf(c.values[code]!)) ?? 0) + c.counts[code]!);
  return [...rows.values()].some((n) => n > Math.max(REGULAR_ROWS_MIN, c.known * REGULAR_SHARE));
};

const typed = (c: Column): Candidate[] => {
  if (!holdsNumbers(c)) return [];
  const codes = byFrequency(c);
  const exceptions = codes.filter((code) => !isNumber(c.values[code]!));
  const rows = exceptions.reduce((sum, code) => sum + c.counts[code]!, 0);
  if (isHabit(c, exceptions)) return [];
  const whole = codes.every((code) => !isNumber(c.values[code]!) || /^[+-]?[0-9]+$/.test(c.values[code]!));
  return [
    {
      rule_type: "isType",
      fields: [c.field.name],
      properties: { field_type: whole ? "Integral" : "Fractional" },
      coverage: 1,
      why: `${outOf(c.known - rows, c.known)} values of ${c.field.name} are numbers${rows === 0 ? "" : `; the other ${rows} ${rows === 1 ? "is" : "are each"} something else`}`,
      support: c.known - rows,
      violates: (sample, row) => {
        const other = columnNamed(sample, c.field.name)!;
        const code = other.codes[row]!;
        return code >= 0 && !isNumber(other.values[code]!);
      },
      exceptionsMax: EXCEPTIONS_MAX,
    },
  ];
};

export default inference({
  name: "isType",
  level: 2,
  docs: "Text that is a number on nearly all rows: the few cells that are none (a unit inside, a word, a slip) are named. A word in regular use for what is missing is none of them.",
  candidates: (sample: Sample) => sample.columns.flatMap(typed),
});
