/**
 * Dates and times as text and as microseconds since 1970-01-01 in UTC, on the proleptic Gregorian calendar.
 * No `Date` objects: they end at milliseconds and read the machine's zone.
 */
import type { IntervalUnit, TruncUnit } from "./expr.ts";

export const MICROS_PER_DAY = 86_400_000_000n;
const UNIT_MICROS = { day: MICROS_PER_DAY, hour: 3_600_000_000n, minute: 60_000_000n, second: 1_000_000n } as const;

const floorDiv = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b);

/** Days since 1970-01-01 of a civil date (Hinnant 2013, "chrono-compatible low-level date algorithms", days_from_civil). */
const daysOf = (year: number, month: number, day: number): number => {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
};

export type CivilDate = { year: number; month: number; day: number };

/** The civil date of days since 1970-01-01 (Hinnant 2013, civil_from_days). */
const civilOf = (days: number): CivilDate => {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 };
};

const daysInMonth = (year: number, month: number): number => (month === 12 ? 31 : daysOf(year, month + 1, 1) - daysOf(year, month, 1));

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?: ?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?))?)?$/;

/** Microseconds of a date (its midnight) or timestamp in ISO 8601 form; without a zone it is UTC. Null when the text is none. */
export const microsOf = (text: string): bigint | null => {
  const parts = PATTERN.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(parts[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = BigInt((parts[7] ?? "").slice(0, 6).padEnd(6, "0"));
  const seconds = BigInt(daysOf(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zoneSeconds(parts[8]));
  return seconds * 1_000_000n + fraction;
};

const zoneSeconds = (zone: string | undefined): number => {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const digits = zone.slice(1).replace(":", "");
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2) || 0) * 60;
  return zone.startsWith("-") ? -seconds : seconds;
};

const two = (value: number) => String(value).padStart(2, "0");

/** The UTC date of an instant, `YYYY-MM-DD`. */
export const dateText = (micros: bigint): string => {
  const { year, month, day } = civilDate(micros);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
};

/** An instant as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. */
export const timestampText = (micros: bigint): string => {
  const ofDay = Number(micros - floorDiv(micros, MICROS_PER_DAY) * MICROS_PER_DAY);
  const seconds = Math.floor(ofDay / 1_000_000);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${dateText(micros)} ${time}.${String(ofDay % 1_000_000).padStart(6, "0")}`;
};

/** Whole days since 1970-01-01 of an instant, rounded down. */
export const dayNumber = (micros: bigint): number => Number(floorDiv(micros, MICROS_PER_DAY));

export const civilDate = (micros: bigint): CivilDate => civilOf(dayNumber(micros));

/** Microseconds since midnight. */
export const microsOfDay = (micros: bigint): bigint => micros - floorDiv(micros, MICROS_PER_DAY) * MICROS_PER_DAY;

/** 1 Monday .. 7 Sunday. 1970-01-01 was a Thursday. */
export const isoDayOfWeek = (micros: bigint): number => ((((dayNumber(micros) + 3) % 7) + 7) % 7) + 1;

/** An instant moved by an interval. Months keep the day, or take the last of a shorter month, as all engines do. */
export const addInterval = (micros: bigint, amount: number, unit: IntervalUnit): bigint => {
  if (unit !== "year" && unit !== "month") return micros + BigInt(amount) * UNIT_MICROS[unit];
  const { year, month, day } = civilDate(micros);
  const months = year * 12 + month - 1 + amount * (unit === "year" ? 12 : 1);
  const [newYear, newMonth] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
  const days = daysOf(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
  return BigInt(days) * MICROS_PER_DAY + microsOfDay(micros);
};

/** The beginning of the unit an instant lies in; weeks begin on Monday (ISO 8601). */
export const truncate = (micros: bigint, unit: TruncUnit): bigint => {
  if (unit === "hour" || unit === "minute") return floorDiv(micros, UNIT_MICROS[unit]) * UNIT_MICROS[unit];
  const { year, month, day } = civilDate(micros);
  const start = {
    year: () => daysOf(year, 1, 1),
    quarter: () => daysOf(year, month - ((month - 1) % 3), 1),
    month: () => daysOf(year, month, 1),
    week: () => dayNumber(micros) - isoDayOfWeek(micros) + 1,
    day: () => daysOf(year, month, day),
  }[unit]();
  return BigInt(start) * MICROS_PER_DAY;
};

/** Text that denotes a date without a time of day. */
export const isDateText = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && microsOf(text) !== null;
