import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bucketOf,
  bucketsFor,
  compensatedSum,
  entropyBits,
  histogramOfValues,
  momentsOf,
  momentsOfSums,
  quantileOf,
  quantileOfBins,
} from "./numbers.ts";

const weighted = (...xs: number[]) => xs.map((x) => ({ x, count: 1 }));
const close = (actual: number | null, expected: number | null, what: string): void => {
  if (actual === null || expected === null) return assert.equal(actual, expected, what);
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${actual} is not ${expected}`);
};

/** Expected values of stddev_samp, skewness and kurtosis as DuckDB 1.5 computes them. */
const MOMENTS: { xs: number[]; mean: number | null; stdDev: number | null; skewness: number | null; kurtosis: number | null }[] = [
  { xs: [], mean: null, stdDev: null, skewness: null, kurtosis: null },
  { xs: [7], mean: 7, stdDev: null, skewness: null, kurtosis: null },
  { xs: [1, 2], mean: 1.5, stdDev: Math.SQRT1_2, skewness: null, kurtosis: null },
  { xs: [1, 2, 3, 4], mean: 2.5, stdDev: 1.2909944487358056, skewness: 0, kurtosis: -1.2 },
  { xs: [1, 1, 1, 10], mean: 3.25, stdDev: 4.5, skewness: 2, kurtosis: 4 },
  { xs: [5, 5, 5, 5, 5], mean: 5, stdDev: 0, skewness: null, kurtosis: null },
  { xs: [1e300, -1e300, 0, 0], mean: 0, stdDev: 1e300 * Math.sqrt(2 / 3), skewness: 0, kurtosis: 1.5 },
];

test("moments of values", () => {
  for (const { xs, mean, stdDev, skewness, kurtosis } of MOMENTS) {
    const distinct = [...new Set(xs)].map((x) => ({ x, count: xs.filter((y) => y === x).length }));
    const actual = momentsOf(distinct);
    close(actual.mean, mean, `mean of ${xs}`);
    close(actual.stdDev, stdDev, `stdDev of ${xs}`);
    close(actual.skewness, skewness, `skewness of ${xs}`);
    close(actual.kurtosis, kurtosis, `kurtosis of ${xs}`);
  }
});

test("moments of power sums agree, wherever the centre is", () => {
  const xs = [1_000_001, 1_000_003, 1_000_004, 1_000_019, 1_000_002.5];
  const expected = momentsOf(weighted(...xs));
  for (const centre of [1_000_005, 1_000_000, 999_990]) {
    const power = (k: number) => xs.reduce((sum, x) => sum + (x - centre) ** k, 0);
    const actual = momentsOfSums(xs.length, centre, [power(1), power(2), power(3), power(4)]);
    for (const name of ["mean", "stdDev", "skewness", "kurtosis"] as const) close(actual[name], expected[name], `${name} around ${centre}`);
  }
  assert.deepEqual(momentsOfSums(3, 5, [0, 0, 0, 0]), { mean: 5, stdDev: 0, skewness: null, kurtosis: null });
});

test("sums do not lose small terms", () => {
  assert.equal(compensatedSum([1e16, 1, -1e16]), 1);
  assert.equal(compensatedSum(Array.from({ length: 10 }, () => 0.1)), 1);
  assert.equal(compensatedSum([1e308, 1e308]), Infinity);
});

test("quantiles are those of percentile_cont", () => {
  const check = (values: { x: number; count: number }[], p: number, expected: number | null) =>
    assert.equal(quantileOf(values, p), expected);
  check([], 0.5, null);
  check(weighted(7), 0.25, 7);
  check(weighted(1, 2, 3, 4), 0.5, 2.5);
  check(weighted(1, 2, 3, 4), 0.25, 1.75);
  check(weighted(1, 2, 3, 4), 1, 4);
  check(
    [
      { x: 1, count: 9 },
      { x: 100, count: 1 },
    ],
    0.9,
    1 + 99 * (0.9 * 9 - 8),
  );
});

test("quantiles of bins interpolate within a bin", () => {
  const bins = [
    { low: 0, high: 10, count: 10 },
    { low: 10, high: 20, count: 0 },
    { low: 20, high: 30, count: 30 },
  ];
  assert.equal(quantileOfBins(bins, 0), 0);
  assert.equal(quantileOfBins(bins, 0.25), 10);
  assert.equal(quantileOfBins(bins, 0.5), 20 + 10 / 3);
  assert.equal(quantileOfBins(bins, 1), 30);
  assert.equal(quantileOfBins([], 0.5), null);
});

test("histograms hold every value once", () => {
  const check = (xs: number[], whole: boolean, buckets: number, first: number) => {
    const histogram = histogramOfValues(weighted(...xs), whole);
    assert.equal(histogram.length, buckets);
    assert.equal(
      histogram.reduce((sum, { count }) => sum + count, 0),
      xs.length,
    );
    assert.equal(histogram[0]?.low, first);
    for (const x of xs)
      assert.ok(
        histogram.some(({ low, high }, i) => x >= low && (x < high || i === buckets - 1)),
        `${x} has a bucket`,
      );
  };
  check([3], false, 1, 3);
  check([3], true, 1, 3);
  check([1, 2, 3], true, 3, 1);
  check(
    Array.from({ length: 1000 }, (_, i) => i),
    true,
    20,
    0,
  );
  check([0.1, 0.2, 0.30000000000000004, 5.5], false, 20, 0.1);
  check([-1e9, 1e9 + 1], true, 20, -1e9);
  assert.deepEqual(histogramOfValues(weighted(-1.7e308, 1.7e308), false), []);
  assert.deepEqual(histogramOfValues([], false), []);
  assert.equal(bucketOf(bucketsFor(0, 1, false)!, 1), 19);
});

test("entropy in bits", () => {
  assert.equal(entropyBits(0, 0), null);
  assert.equal(entropyBits(5, 5 * Math.log(5)), 0);
  close(entropyBits(4, 2 * (2 * Math.log(2))), 1, "two even values");
});
