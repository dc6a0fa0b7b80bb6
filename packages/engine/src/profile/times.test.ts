import assert from "node:assert/strict";
import { test } from "node:test";
import { civilOf, dateText, gapsOf, granularityOf, timestampText, MICROS_PER_DAY, type Granularity } from "./times.ts";

const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;
const days = (...isos: string[]): number[] => isos.map((iso) => Date.parse(iso) / 86_400_000);

test("days are those of the proleptic Gregorian calendar", () => {
  for (const iso of ["1970-01-01", "1969-12-31", "2000-02-29", "1900-03-01", "0001-01-01", "9999-12-31"])
    assert.equal(dateText(days(iso)[0]!), iso);
  assert.equal(dateText(-719_529), "-0001-12-31");
  assert.equal(dateText(2_932_897), "10000-01-01");
  assert.deepEqual(civilOf(-719_528), { year: 0, month: 1, day: 1 });
});

test("timestamps are written to the microsecond, before 1970 too", () => {
  const check = (value: bigint, text: string) => assert.equal(timestampText(value), text);
  check(0n, "1970-01-01 00:00:00");
  check(-1n, "1969-12-31 23:59:59.999999");
  check(micros("2024-02-29T12:34:56.789Z"), "2024-02-29 12:34:56.789000");
  check(MICROS_PER_DAY, "1970-01-02 00:00:00");
});

test("granularity is the coarsest unit an instant lies on", () => {
  const check = (iso: string, unit: Granularity) => assert.equal(granularityOf(micros(iso)), unit);
  check("2024-01-01T00:00:00Z", "year");
  check("2024-03-01T00:00:00Z", "month");
  check("2024-03-02T00:00:00Z", "day");
  check("2024-03-02T05:00:00Z", "hour");
  check("2024-03-02T05:07:00Z", "minute");
  check("1950-03-02T05:07:09Z", "second");
  check("1950-03-02T05:07:09.001Z", "subsecond");
});

test("gaps are the missing periods", () => {
  const check = (isos: string[], unit: Granularity, count: number, longestDays: number) =>
    assert.deepEqual(gapsOf(days(...isos), unit), { count, longestSeconds: longestDays * 86_400 });
  check([], "day", 0, 0);
  check(["2024-01-01"], "day", 0, 0);
  check(["2024-01-01", "2024-01-02"], "hour", 0, 0);
  check(["2024-01-05", "2024-01-01", "2024-01-02"], "second", 2, 2);
  check(["2024-01-01", "2024-04-01"], "month", 2, 29 + 31);
  check(["2019-01-01", "2021-01-01", "2022-01-01"], "year", 1, 366);
});
