import assert from "node:assert/strict";
import { test } from "node:test";
import { extrapolate } from "./look-ahead.ts";

const ROWS = 20_000;
const RECORDS = 10_000_000;

/** Distinct values expected in n even draws from a pool. */
const seen = (pool: number, n: number): number => Math.round(pool * (1 - Math.exp(-n / pool)));

const check = (name: string, distinct: number, inHalf: number, low: number, high: number): void => {
  test(name, () => {
    const expected = extrapolate({ records: RECORDS, rows: ROWS, distinct, inHalf });
    assert.ok(expected >= low && expected <= high, `${expected} lies within ${low} and ${high}`);
  });
};

check("a few codes stay a few codes", 7, 7, 7, 8);
check("five thousand even values", seen(5000, ROWS), seen(5000, ROWS / 2), 4500, 5500);
check("a hundred thousand even values", seen(100_000, ROWS), seen(100_000, ROWS / 2), 90_000, 120_000);
check("a key is a key", ROWS, ROWS / 2, RECORDS, RECORDS);
check("a sorted key with four rows each goes on growing", ROWS / 4, ROWS / 8, RECORDS / 5, RECORDS / 3);
check("a sorted date with a thousand rows each goes on growing, slowly", 20, 10, 5000, 20_000);
check("a long tail grows beyond the even pool", 3000, 1700, 10_000, RECORDS);
check("nothing but NULL", 0, 0, 0, 0);
