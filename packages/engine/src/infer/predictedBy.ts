import { inference, outOf, type Candidate } from "./candidate.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 30;
const COLUMNS_MAX = 24;
/** Rows that reject most combinations before all rows are looked at. */
const FIRST_ROWS = 24;
/** Share of the rows on which the relation must hold. */
const HOLDS_MIN = 0.98;
/** Rounding: relative to the size of the numbers. */
const RELATIVE_TOLERANCE = 1e-6;
const DISTINCT_MIN = 10;

const valueAt = (c: Column, row: number): number => (c.codes[row]! < 0 ? NaN : c.numbers[c.codes[row]!]!);

type Relation = { expression: string; predict: (sample: Sample, row: number) => number };

const quoted = (c: Column) => `"${c.field.name.replaceAll('"', '""')}"`;
const at = (c: Column) => (sample: Sample, row: number) => valueAt(columnNamed(sample, c.field.name)!, row);

const sums = (a: Column, b: Column): Relation[] => [
  { expression: `${quoted(a)} + ${quoted(b)}`, predict: (s, r) => at(a)(s, r) + at(b)(s, r) },
  { expression: `${quoted(a)} * ${quoted(b)}`, predict: (s, r) => at(a)(s, r) * at(b)(s, r) },
];

/** Half a unit of the last decimal the values are written with. */
const roundingOf = (c: Column): number => {
  const decimals = Math.max(0, ...c.values.slice(0, 500).map((text) => text.split(".")[1]?.length ?? 0));
  return 0.5001 * 10 ** -Math.min(decimals, 12);
};

const agreement = (sample: Sample, target: Column, relation: Relation, tolerance: number, rowsMax: number) => {
  let [rows, held, telling] = [0, 0, 0];
  for (let row = 0; row < sample.rows && rows < rowsMax; row++) {
    const [y, p] = [valueAt(target, row), relation.predict(sample, row)];
    if (Number.isNaN(y) || Number.isNaN(p)) continue;
    rows++;
    if (Math.abs(y - p) <= tolerance + RELATIVE_TOLERANCE * Math.abs(y)) held++;
    if (y !== 0) telling++;
  }
  return { rows, held, telling };
};

const predicted = (sample: Sample, target: Column, relation: Relation): Candidate[] => {
  const tolerance = roundingOf(target);
  const first = agreement(sample, target, relation, tolerance, FIRST_ROWS);
  if (first.rows < FIRST_ROWS || first.held < first.rows * 0.85) return [];
  const all = agreement(sample, target, relation, tolerance, Infinity);
  if (all.rows < ROWS_MIN || all.held < all.rows * HOLDS_MIN || all.telling < all.rows / 2) return [];
  return [
    {
      rule_type: "predictedBy",
      fields: [target.field.name],
      properties: { expression: relation.expression, tolerance },
      coverage: 1,
      why: `${target.field.name} equals ${relation.expression} on ${outOf(all.held, all.rows)} rows`,
      support: all.held,
      violates: (other, row) => {
        const [y, p] = [valueAt(columnNamed(other, target.field.name)!, row), relation.predict(other, row)];
        return Math.abs(y - p) > tolerance + RELATIVE_TOLERANCE * Math.abs(y);
      },
      exceptionsMax: (1 - HOLDS_MIN) * 2,
    },
  ];
};

/** Varied numbers: two constants have every relation to each other. */
const isVaried = (c: Column) => c.known >= ROWS_MIN && new Set(c.codes).size >= DISTINCT_MIN;

export default inference({
  name: "predictedBy",
  level: 4,
  docs: "A number that is the sum or the product of two others on all but a few rows, up to rounding.",
  candidates: (sample) => {
    const numeric = sample.columns.filter((c) => c.field.field_type === "Integral" || c.field.field_type === "Fractional");
    const columns = numeric.filter(isVaried).slice(0, COLUMNS_MAX);
    return columns.flatMap((target) => {
      const others = columns.filter((c) => c !== target);
      const pairs = others.flatMap((a, i) => others.slice(i + 1).flatMap((b) => sums(a, b)));
      return pairs.flatMap((relation) => predicted(sample, target, relation)).slice(0, 1);
    });
  },
});
