/** Slips in text, and texts and numbers that stand for a missing value. */
import { byEditDistance, byEmptiness, byForeignType, byRareCase, byZScore } from "../simple.ts";
import type { CleanTable } from "../clean-table.ts";
import type { Random } from "../random.ts";
import { cellwise, columnsLike, first, type Injector } from "./injector.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Letters from which a slip leaves a text recognisable. */
const TYPO_LENGTH_MIN = 5;

/** One letter left out, doubled, replaced or exchanged with its neighbour. */
const slip = (text: string, random: Random): string => {
  const places = [...text].flatMap((character, i) => (/\p{L}/u.test(character) ? [i] : []));
  const at = random.pick(places);
  const other = random.pick([...LETTERS]);
  return random.pick([
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) + other + text.slice(at),
    text.slice(0, at) + other + text.slice(at + 1),
    at + 1 < text.length ? text.slice(0, at) + text[at + 1]! + text[at]! + text.slice(at + 2) : text.slice(0, at),
  ]);
};

const lettersIn = (text: string) => text.match(/\p{L}/gu)?.length ?? 0;

/** Columns of words, not of codes: most of their cells have letters enough. */
const wordy = (table: CleanTable) =>
  columnsLike(
    "category",
    "text",
  )(table).filter(([c]) => {
    const filled = table.rows.filter((row) => row[c!] !== "");
    return filled.filter((row) => lettersIn(row[c!]!) >= TYPO_LENGTH_MIN).length >= filled.length / 2;
  });

const typo: Injector = {
  kind: "typo",
  targets: wordy,
  begin: (_, columns, random) =>
    cellwise(first(columns), (cell) => {
      if (lettersIn(cell) < TYPO_LENGTH_MIN) return null;
      const once = slip(cell, random);
      return random.chance(0.3) ? slip(once, random) : once;
    }),
  simple: byEditDistance,
};

const rewriting: Injector = {
  kind: "case or space",
  targets: wordy,
  begin: (_, columns, random) =>
    cellwise(first(columns), (cell) =>
      lettersIn(cell) < 2
        ? null
        : random.pick([
            cell.toUpperCase(),
            cell.toLowerCase(),
            `${cell} `,
            ` ${cell}`,
            cell.includes(" ") ? cell.replace(" ", "  ") : `${cell} `,
          ]),
    ),
  simple: byRareCase,
};

const WORDS = [
  "N/A",
  "n/a",
  "-",
  "unknown",
  "Unknown",
  "empty",
  "none",
  "null",
  "NULL",
  "?",
  "missing",
  "TBD",
  "tbc",
  "xxx",
  "not available",
  "#N/A",
];

const placeholder: Injector = {
  kind: "placeholder text",
  targets: columnsLike("category", "text", "number", "date"),
  begin: (_, columns, random) => {
    const habit = random.chance(0.6) ? [random.pick(WORDS)] : random.shuffled(WORDS).slice(0, 4);
    return cellwise(first(columns), () => random.pick(habit));
  },
  simple: byForeignType,
};

const sentinel: Injector = {
  kind: "sentinel number",
  targets: columnsLike("number"),
  begin: (table, columns, random) => {
    const c = first(columns);
    const numbers = table.rows.map((row) => Number(row[c])).sort((a, b) => a - b);
    const isUsed = (x: number) => x >= numbers[0]! && x <= numbers.at(-1)!;
    const free = [9999, 99999, -1, -999, 0, 999999].filter((x) => !isUsed(x));
    const value = free.length === 0 ? null : String(random.pick(free));
    return cellwise(c, () => value);
  },
  simple: byZScore,
};

const dateSentinel: Injector = {
  kind: "sentinel date",
  targets: columnsLike("date"),
  begin: (_, columns, random) => {
    const value = random.pick(["1900-01-01", "1970-01-01", "9999-12-31", "2099-12-31"]);
    return cellwise(first(columns), () => value);
  },
  simple: byZScore,
};

const missing: Injector = {
  kind: "value missing",
  targets: (table) => table.names.flatMap((_, c) => (table.rows.every((row) => row[c] !== "") ? [[c]] : [])),
  begin: (_, columns) => cellwise(first(columns), () => ""),
  simple: byEmptiness,
};

const foreignWord: Injector = {
  kind: "text in a number",
  targets: columnsLike("number"),
  begin: (_, columns, random) =>
    cellwise(first(columns), (cell) => random.pick([`${cell}O`, `~${cell}`, "see note", "ten", `${cell}?`, `${cell}/${cell}`, "error"])),
  simple: byForeignType,
};

export const TEXT_INJECTORS: readonly Injector[] = [typo, rewriting, placeholder, sentinel, dateSentinel, missing, foreignWord];
