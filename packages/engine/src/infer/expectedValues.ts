import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { byFrequency, distinctOf, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 30;
/** Values a closed list may have, and rows each must have: a list is closed when new rows bring no new values. */
const VALUES_MAX = 30;
const VALUE_ROWS_MIN = 5;
/** Share of one value, and rows with others, for a column to count as constant but for errors. */
const CONSTANT_MIN = 0.6;
const STRAYS_MIN = 3;

/** Time goes on: a list of dates is never closed. */
const temporal = (c: Column) => c.field.field_type === "Date" || c.field.field_type === "Timestamp";
const numbered = (c: Column) => c.field.field_type === "Integral" || c.field.field_type === "Fractional";

/** Value as it is written in a check. */
const written = (c: Column, code: number): string | number | boolean => {
  if (numbered(c) && Number.isFinite(c.numbers[code]!) && String(c.numbers[code]) === c.values[code]) return c.numbers[code]!;
  return c.field.field_type === "Boolean" ? c.values[code] === "true" : c.values[code]!;
};

const candidateOf = (c: Column, codes: readonly number[], why: string, exceptionsMax: number): Candidate => {
  const list = new Set(codes);
  return {
    rule_type: "expectedValues",
    fields: [c.field.name],
    properties: { list: codes.map((code) => written(c, code)) },
    coverage: 1,
    why,
    support: codes.reduce((n, code) => n + c.counts[code]!, 0),
    violates: wrongValue(c, (code) => !list.has(code)),
    exceptionsMax,
  };
};

/** Every value is common: the list holds without exception. */
const closed = (c: Column): Candidate[] => {
  if (temporal(c) || c.known < ROWS_MIN || distinctOf(c) > VALUES_MAX) return [];
  const codes = byFrequency(c);
  if (c.total(codes.at(-1)!) < VALUE_ROWS_MIN) return [];
  if (numbered(c) && codes.length > 2) return [];
  return [
    candidateOf(
      c,
      codes,
      `${c.field.name} takes ${codes.length === 1 ? "one value" : `${codes.length} values`}, each on at least ${VALUE_ROWS_MIN} of ${c.known} rows`,
      0,
    ),
  ];
};

/**
 * A number that is constant but for strays: one value on most rows, the others each alone and on both sides of it. A default
 * with legitimate exceptions has common exceptions, or exceptions on one side (more than nothing, less than all).
 */
const contaminated = (c: Column): Candidate[] => {
  if (!numbered(c) || !c.counts.some((count) => count > 0 && count >= c.known * CONSTANT_MIN)) return [];
  const codes = byFrequency(c);
  const usual = codes[0]!;
  if (c.numbers[usual] === 0) return [];
  const strays = codes.slice(1);
  const rows = c.known - c.counts[usual]!;
  if (rows < STRAYS_MIN || strays.length < rows * 0.75 || c.counts[strays[0]!]! > 2 + rows / 20) return [];
  const above = strays.filter((code) => c.numbers[code]! > c.numbers[usual]!).length;
  if (Math.min(above, strays.length - above) < Math.max(1, strays.length * 0.1)) return [];
  return [
    candidateOf(
      c,
      [usual],
      `${c.field.name} is one value on ${c.counts[usual]} of ${c.known} rows; the other ${rows} are nearly all different and lie on both sides of it, as slips do and second values do not`,
      0.5,
    ),
  ];
};

export default inference({
  name: "expectedValues",
  level: 1,
  docs: "Columns with few values, each common. Rare values are never declared wrong for being rare. Numbers that are constant but for strays on both sides.",
  candidates: (sample: Sample) =>
    sample.columns.flatMap((c) => {
      const listed = closed(c);
      return listed.length > 0 ? listed : contaminated(c);
    }),
});
