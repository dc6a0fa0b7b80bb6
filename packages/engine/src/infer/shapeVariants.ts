import { inference, missingValue, wrongValue, type Candidate, type Violates } from "./candidate.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";
import { foldedShape, runsOf, slotPattern } from "./shape.ts";
import { wilsonLower } from "./statistics.ts";

const ROWS_MIN = 100;
/** Shares worth watching: below, the exception is the rule. */
const SHARE_MIN = 0.7;
const VALUES_MAX = 20;

/** Coverage a person would write: the lower end of the interval, rounded down to a percent. */
const coverageOf = (passed: number, rows: number) => Math.floor(100 * wilsonLower(passed, rows)) / 100;

const variant = (
  rule: string,
  c: Column,
  properties: Record<string, unknown>,
  passed: number,
  rows: number,
  what: string,
  violates: Violates,
): Candidate[] => {
  if (rows < ROWS_MIN || passed === rows || passed < rows * SHARE_MIN) return [];
  const coverage = coverageOf(passed, rows);
  return [
    {
      rule_type: rule,
      fields: [c.field.name],
      properties,
      coverage,
      why: `${passed} of ${rows} rows ${what}`,
      support: passed,
      violates,
      exceptionsMax: 1 - coverage,
    },
  ];
};

const filled = (sample: Sample, c: Column) =>
  variant("notNull", c, {}, c.known, sample.rows, `have a value of ${c.field.name}`, missingValue(c));

const listed = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String") return [];
  const top = byFrequency(c)
    .slice(0, VALUES_MAX)
    .filter((code) => c.counts[code]! >= c.known * 0.01);
  const list = new Set(top);
  const passed = top.reduce((n, code) => n + c.counts[code]!, 0);
  return variant(
    "expectedValues",
    c,
    { list: top.map((code) => c.values[code]!) },
    passed,
    c.known,
    `hold one of the ${top.length} common values of ${c.field.name}`,
    wrongValue(c, (code) => !list.has(code)),
  );
};

const written = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String") return [];
  const shapes = new Map<string, { rows: number; pattern: string | null }>();
  for (const code of byFrequency(c)) {
    const shape = c.values[code]!.length > 200 ? null : foldedShape(c.values[code]!);
    const runs = shape === null ? null : runsOf(c.values[code]!);
    if (shape === null || runs === null) continue;
    const slots = runs.map((r) => slotPattern({ kind: r.kind, literal: r.kind === "sign" ? r.text : null, length: null }));
    const known = shapes.get(shape);
    shapes.set(shape, { rows: (known?.rows ?? 0) + c.counts[code]!, pattern: slots.includes(null) ? null : slots.join("") });
  }
  const top = [...shapes.values()].toSorted((a, b) => b.rows - a.rows)[0];
  if (top === undefined || top.pattern === null) return [];
  const test = new RegExp(`^${top.pattern}$`);
  return variant(
    "matchesPattern",
    c,
    { pattern: `^${top.pattern}$` },
    top.rows,
    c.known,
    `write ${c.field.name} in its most common format`,
    wrongValue(c, (code) => !test.test(c.values[code]!)),
  );
};

export default inference({
  name: "shapeVariants",
  level: 5,
  docs: "notNull, expectedValues and matchesPattern with a coverage below one: what most rows do, watched for change rather than row by row.",
  candidates: (sample) => sample.columns.flatMap((c) => [...filled(sample, c), ...listed(c), ...written(c)]),
});
