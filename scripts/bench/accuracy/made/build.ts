/** Builds a made-up table row by row. */
import type { CleanTable } from "../clean-table.ts";
import { randomOf, type Random } from "../random.ts";

export type Value = string | number | null;

export const made = (
  name: string,
  rows: number,
  row: (random: Random, i: number) => Record<string, Value>,
  known: CleanTable["known"] = {},
): CleanTable => {
  const random = randomOf(name);
  const records = Array.from({ length: rows }, (_, i) => row(random, i));
  const names = Object.keys(records[0]!);
  return { name, names, rows: records.map((record) => names.map((column) => String(record[column] ?? ""))), known };
};

const DAY_MILLIS = 86_400_000;

/** `YYYY-MM-DD` so many days after 2022-01-01. */
export const day = (n: number): string => new Date(Date.UTC(2022, 0, 1) + n * DAY_MILLIS).toISOString().slice(0, 10);

export const money = (x: number): string => (Math.round(x * 100) / 100).toFixed(2);
export const rounded = (x: number, digits: number): number => Number(x.toFixed(digits));
export const digits = (n: number, width: number): string => String(n).padStart(width, "0");

/** Value or nothing, the value so often. */
export const maybe = (random: Random, probability: number, value: () => Value): Value => (random.chance(probability) ? value() : null);

/** Last digit of a card number (Luhn, ISO/IEC 7812-1) for the digits before it. */
export const luhnDigit = (text: string): number => {
  const sum = [...text].toReversed().reduce((n, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return n + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return (10 - (sum % 10)) % 10;
};

/** Account number with its check digits (ISO 13616-1) for a German bank and account of 18 digits. */
export const germanIban = (account: string): string => `DE${digits(98 - Number(BigInt(`${account}131400`) % 97n), 2)}${account}`;

export const ascii = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .replaceAll("ß", "ss")
    .replaceAll(/[^a-z]/g, "");
