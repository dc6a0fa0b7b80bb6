/** Statistics of dates and times: how they are written, the unit they lie on, and the stretches that hold none. Pure. */
import type { FieldProfile } from "@touchstone/core/model/profile";

export const MICROS_PER_SECOND = 1_000_000n;
export const MICROS_PER_DAY = 86_400n * MICROS_PER_SECOND;
export const SECONDS_PER_DAY = 86_400;

export type Granularity = NonNullable<FieldProfile["granularity"]>;

/** From coarse to fine. */
export const GRANULARITIES: readonly Granularity[] = ["year", "month", "day", "hour", "minute", "second", "subsecond"];

const floorDivide = (a: bigint, b: bigint): bigint => (a - modulo(a, b)) / b;
const modulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;
const digits = (value: number | bigint, width: number): string => String(value).padStart(width, "0");

/** Day of the proleptic Gregorian calendar, years astronomical (0 is 1 BC). After Hinnant, "chrono-compatible low-level date algorithms". */
export const civilOf = (day: number): { year: number; month: number; day: number } => {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
};

/** Day number since 1970-01-01 of the first day of a month counted from year 0. */
const firstDayOfMonth = (months: number): number => {
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
};

const yearText = (year: number): string => (year < 0 ? `-${digits(-year, 4)}` : digits(year, 4));

/** `YYYY-MM-DD` of a day since 1970-01-01; years are astronomical, so 44 BC is -0043. */
export const dateText = (day: number): string => {
  const civil = civilOf(day);
  return `${yearText(civil.year)}-${digits(civil.month, 2)}-${digits(civil.day, 2)}`;
};

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` of microseconds since 1970-01-01. */
export const timestampText = (micros: bigint): string => {
  const day = Number(floorDivide(micros, MICROS_PER_DAY));
  const ofDay = modulo(micros, MICROS_PER_DAY);
  const seconds = Number(ofDay / MICROS_PER_SECOND);
  const fraction = ofDay % MICROS_PER_SECOND;
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => digits(part, 2)).join(":");
  return `${dateText(day)} ${clock}${fraction === 0n ? "" : `.${digits(fraction, 6)}`}`;
};

/** The coarsest unit on which an instant lies. */
export const granularityOf = (micros: bigint): Granularity => {
  if (modulo(micros, MICROS_PER_SECOND) !== 0n) return "subsecond";
  if (modulo(micros, 60n * MICROS_PER_SECOND) !== 0n) return "second";
  if (modulo(micros, 3600n * MICROS_PER_SECOND) !== 0n) return "minute";
  if (modulo(micros, MICROS_PER_DAY) !== 0n) return "hour";
  const { month, day } = civilOf(Number(micros / MICROS_PER_DAY));
  if (day !== 1) return "day";
  return month === 1 ? "year" : "month";
};

/** The finer of two. */
export const finer = (a: Granularity, b: Granularity): Granularity => (GRANULARITIES.indexOf(a) >= GRANULARITIES.indexOf(b) ? a : b);

/** Day number -> number of its period, and back to the first day of a period. */
const PERIODS: Record<"year" | "month" | "day", { of: (day: number) => number; firstDay: (period: number) => number }> = {
  year: { of: (day) => civilOf(day).year, firstDay: (year) => firstDayOfMonth(year * 12) },
  month: {
    of: (day) => {
      const { year, month } = civilOf(day);
      return year * 12 + month - 1;
    },
    firstDay: firstDayOfMonth,
  },
  day: { of: (day) => day, firstDay: (day) => day },
};

/** Periods between the first and the last day that hold none of the days, and the longest run of such, in seconds. */
export const gapsOf = (days: Iterable<number>, granularity: Granularity): { count: number; longestSeconds: number } => {
  const { of, firstDay } = PERIODS[granularity === "year" || granularity === "month" ? granularity : "day"];
  const periods = [...new Set([...days].map(of))].sort((a, b) => a - b);
  let count = 0;
  let longest = 0;
  for (let i = 1; i < periods.length; i++) {
    const missing = periods[i]! - periods[i - 1]! - 1;
    if (missing <= 0) continue;
    count += missing;
    longest = Math.max(longest, firstDay(periods[i]!) - firstDay(periods[i - 1]! + 1));
  }
  return { count, longestSeconds: longest * SECONDS_PER_DAY };
};

/** Seconds since 1970 of microseconds; exact to the microsecond for years 1684 to 2255. */
export const secondsOf = (micros: bigint): number => Number(micros) / 1e6;

/** Day since 1970-01-01 that holds an instant. */
export const dayOf = (micros: bigint): number => Number(floorDivide(micros, MICROS_PER_DAY));
