/** The quick ways from an engine's value to a cell give what the slow ones give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DuckDBDateValue, DuckDBDecimalValue } from "@duckdb/node-api";
import { cell } from "./cells.ts";

/** By definition: a number when it prints as the digits do, trailing zeros of the fraction aside, else the digits. */
const byDigits = (text: string): number | string => {
  const plain = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return String(Number(text)) === (plain === "-0" ? "0" : plain) ? Number(text) : text;
};

const DIGITS = [0n, 1n, 5n, 10n, 99n, 123_456n, 999_999_999_999_999n, 10n ** 15n, 123_456_789_012_345_678n, 10n ** 37n + 1n];
const SCALES = [0, 1, 2, 5, 6, 7, 15, 18, 21, 22, 23, 38];
const WIDTH_MAX = 38;

test("a decimal is a number where its digits are", () => {
  for (const digits of DIGITS)
    for (const value of [digits, -digits])
      for (const scale of SCALES) {
        const decimal = new DuckDBDecimalValue(value, WIDTH_MAX, scale);
        assert.ok(Object.is(cell(decimal), byDigits(decimal.toString())), `${value} / 10^${scale}`);
      }
});

test("decimals of up to fifteen digits, drawn evenly", () => {
  for (let i = 1n; i <= 3_000n; i++) {
    const decimal = new DuckDBDecimalValue((i * 618_033_988_749_895n) % 10n ** 15n, WIDTH_MAX, Number(i % 16n));
    assert.equal(cell(decimal), byDigits(decimal.toString()));
  }
});

test("a date is the engine's text of it, however often it is asked", () => {
  const days = [0, -1, 1, 11_016, -719_162, 2_932_896, 2_932_897, 2 ** 31 - 1, -(2 ** 31 - 1)];
  for (const day of [...days, ...Array.from({ length: 40_000 }, (_, i) => i), ...days])
    assert.equal(cell(new DuckDBDateValue(day)), new DuckDBDateValue(day).toString());
});
