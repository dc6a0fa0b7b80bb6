import { inference, type Candidate } from "./candidate.ts";
import { fenceOf, type Fence } from "./fence.ts";
import { holdsNumbers } from "./numeric-text.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 25;
const DISTINCT_MIN = 6;
/** Share of the rows outside the fences up to which they are errors and not a second population. */
const OUTSIDE_MAX = 0.15;

/** Share of the values that may be infinite or none before that is how something is written ("until infinity"). */
const INFINITE_MAX = 0.005;

/** Numbers of a column, sorted, with repetition; NaN and infinities left out. */
export const sortedNumbers = (c: Column): number[] => {
  const numbers: number[] = [];
  for (const code of c.codes) if (code >= 0 && Number.isFinite(c.numbers[code]!)) numbers.push(c.numbers[code]!);
  return numbers.sort((a, b) => a - b);
};

/** A bound a person would write: two significant digits, rounded outward, never across zero. */
export const roundOutward = (value: number, up: boolean): number => {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  const rounded = (up ? Math.ceil(value / unit) : Math.floor(value / unit)) * unit;
  return Number(rounded.toPrecision(12));
};

/** Rounding must not swallow what the fence keeps out. */
const bounds = (fence: Fence, sorted: readonly number[]) => {
  const low = roundOutward(fence.low, false);
  const high = roundOutward(fence.high, true);
  const keepsOut = (bound: number, exact: number, side: number, up: boolean) =>
    side === 0 || sorted.filter((x) => (up ? x > bound : x < bound)).length === side ? bound : exact;
  const min = keepsOut(low, fence.low, fence.below, false);
  return { min: fence.min >= 0 && min < 0 ? 0 : min, max: keepsOut(high, fence.high, fence.above, true) };
};

/** Digits from which whole numbers of one length are taken for codes (postcodes, register numbers), which have no size. */
const CODE_DIGITS_MIN = 4;

const digitsOf = (x: number) => String(Math.trunc(Math.abs(x))).length;

/** Whole numbers of one length, long enough and varied: a name made of digits. */
const isCode = (c: Column, fence: Fence) =>
  c.values.every((_, code) => c.counts[code] === 0 || !Number.isFinite(c.numbers[code]!) || Number.isInteger(c.numbers[code]!)) &&
  digitsOf(fence.min) === digitsOf(fence.max) &&
  digitsOf(fence.min) >= CODE_DIGITS_MIN &&
  !(fence.min >= 1800 && fence.max <= 2200);

/** Values outside from which a second population may be recognised. */
const POPULATION_MIN = 4;

/** Whole numbers that never repeat count something: the next row has a larger one, and no bound means anything. */
const isCounter = (c: Column, sorted: readonly number[]) => c.field.field_type === "Integral" && new Set(sorted).size === sorted.length;

/** Numbers that stand for a missing value: nines in a row, or minus one, nine, ninety-nine where nothing else is negative. */
const isSentinel = (x: number, fence: Fence) => /^-?9{3,}$/.test(String(x)) || (fence.min >= 0 && /^-(1|9|99|999+)$/.test(String(x)));

/** Values outside that repeat, or lie closer to each other than to the bulk, are a second population, not errors. */
const isPopulation = (outside: readonly number[], fence: Fence) => {
  const { min, max } = fence;
  if (outside.every((x) => isSentinel(x, fence))) return false;
  if (outside.length >= 3 && new Set(outside).size < outside.length * 0.6) return true;
  const [first, last] = [outside[0] ?? 0, outside.at(-1) ?? 0];
  const distance = last < min ? min - last : first > max ? first - max : 0;
  return outside.length >= POPULATION_MIN && last - first < distance;
};

/** The same bounds for numbers in a column of text; what is no number there is the business of isType. */
const boundedText = (name: string, min: number, max: number) => ({
  rule_type: "satisfiesExpression",
  properties: { expression: `TRY_CAST("${name.replaceAll('"', '""')}" AS DOUBLE) BETWEEN ${min} AND ${max}` },
});

const ranged = (c: Column): Candidate[] => {
  const isText = holdsNumbers(c);
  if (!isText && c.field.field_type !== "Integral" && c.field.field_type !== "Fractional") return [];
  const sorted = sortedNumbers(c);
  if (sorted.length < ROWS_MIN || new Set(sorted).size < DISTINCT_MIN) return [];
  if (!isText && c.known - sorted.length > c.known * INFINITE_MAX) return [];
  const fence = fenceOf(sorted);
  if (fence === null || fence.below + fence.above > sorted.length * OUTSIDE_MAX) return [];
  if (
    isCounter(c, sorted) ||
    isCode(c, fence) ||
    isPopulation(
      sorted.filter((x) => x < fence.low || x > fence.high),
      fence,
    )
  )
    return [];
  const { min, max } = bounds(fence, sorted);
  const outside = sorted.filter((x) => x < min || x > max).length;
  return [
    {
      ...(isText ? boundedText(c.field.name, min, max) : { rule_type: "between", properties: { min, max } }),
      fields: [c.field.name],
      coverage: 1,
      why:
        outside === 0
          ? `all ${sorted.length} values of ${c.field.name} lie between ${fence.min} and ${fence.max}; the bounds leave room of half that distance from the median`
          : `${sorted.length - outside} of ${sorted.length} values of ${c.field.name} lie between ${fence.min} and ${fence.max}; the other ${outside} stand apart from them by a wide gap, on a linear, a square root and a logarithmic scale alike`,
      support: sorted.length - outside,
      violates: (sample, row) => {
        const other = columnNamed(sample, c.field.name)!;
        const x = other.codes[row]! < 0 ? NaN : other.numbers[other.codes[row]!]!;
        return x < min || x > max;
      },
      exceptionsMax: OUTSIDE_MAX * 1.5,
    },
  ];
};

export default inference({
  name: "between",
  level: 2,
  docs:
    "Numbers lie within fences around their bulk. The bulk is looked at on the scale (linear, square root, logarithm) on which it is symmetric, so a long tail is not an outlier; a value is " +
    "outside only when it is many deviations away and empty space separates it from the bulk.",
  candidates: (sample: Sample) => sample.columns.flatMap(ranged),
});
