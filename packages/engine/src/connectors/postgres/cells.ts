/**
 * The server's text form of values to cells, by type number. Whole numbers are numbers while they are safe, bigint
 * beyond; numeric is a number when the number prints as the same digits, exact text (or bigint) otherwise; dates and
 * timestamps are text in UTC; bytea is hexadecimal; everything without a JavaScript equal is the server's text.
 */
import type { CustomTypesConfig } from "pg";
import type { Cell } from "@touchstone/core/rules/rule";

type Reader = (text: string) => Cell;

const integral: Reader = (text) => {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
};

/** Without a fraction exact as bigint; with one a number if that prints the same digits (trailing zeros aside). */
const decimal: Reader = (text) => {
  const number = Number(text);
  if (!Number.isFinite(number) || text === "NaN") return number;
  if (!text.includes(".")) return integral(text);
  const plain = text.replace(/\.?0+$/, "");
  return String(number) === (plain === "-0" ? "0" : plain) ? number : text;
};

/** `2024-01-01 10:00:00.1+00` as `2024-01-01 10:00:00.100000`; the session's zone is UTC. */
const timestamp: Reader = (text) =>
  text.replace(/\+00$/, "").replace(/\.(\d{1,6})$/, (_, fraction: string) => `.${fraction.padEnd(6, "0")}`);

/** Numbers of pg_type.dat: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [16, (text) => text === "t"],
  [17, (text) => text.replace(/^\\x/, "")],
  [20, integral],
  [21, integral],
  [23, integral],
  [26, integral],
  [700, Number],
  [701, Number],
  [1700, decimal],
  [1114, timestamp],
  [1184, timestamp],
  [114, (text) => JSON.parse(text) as Cell],
  [3802, (text) => JSON.parse(text) as Cell],
]);

const ARRAYS: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1001, 17],
  [1016, 20],
  [1005, 21],
  [1007, 23],
  [1028, 26],
  [1021, 700],
  [1022, 701],
  [1231, 1700],
  [1115, 1114],
  [1185, 1184],
  [199, 114],
  [3807, 3802],
  [1009, 25],
  [1015, 25],
  [1014, 25],
  [1003, 25],
  [1182, 1082],
  [2951, 25],
]);

/** `{1,NULL,"a \"b\"",{…}}`; bounds before an equals sign are left out. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
const arrayReader = (element: Reader): Reader => {
  return (text) => {
    let at = text.indexOf("{");
    const readItem = (): Cell => {
      if (text[at] === "{") return readList();
      if (text[at] === '"') {
        let value = "";
        for (at++; text[at] !== '"'; at++) value += text[at] === "\\" ? text[++at] : text[at];
        at++;
        return element(value);
      }
      const start = at;
      while (at < text.length && text[at] !== "," && text[at] !== "}") at++;
      const value = text.slice(start, at);
      return value === "NULL" ? null : element(value);
    };
    const readList = (): Cell[] => {
      const items: Cell[] = [];
      for (at++; text[at] !== "}";) {
        items.push(readItem());
        if (text[at] === ",") at++;
      }
      at++;
      return items;
    };
    return readList();
  };
};

const asText: Reader = (text) => text;

const readerOf = (typeNumber: number): Reader => {
  const element = ARRAYS.get(typeNumber);
  return element === undefined ? (READERS.get(typeNumber) ?? asText) : arrayReader(READERS.get(element) ?? asText);
};

/** What the driver asks for each result column. Values never come in binary form: none is requested. */
export const CELL_TYPES: CustomTypesConfig = { getTypeParser: (typeNumber: number) => readerOf(typeNumber) };
