/**
 * The rows of a sheet as CSV: what everything that reads text can then read. A cell is written as the value that stands in it, not as it is
 * shown: a price that shows 1,000.00 € is 1000. Dates are numbers that are shown as dates (ECMA-376 part 1, §18.17.4.1).
 */
import type { CellValue, Row, Sheet } from "read-excel-file/universal";

type Cell = CellValue<string> | null;

/** Whole numbers stay as they are written: a double holds 15 of their digits. */
const WHOLE = /^-?\d+$/;

/** A number as it is written in the file, 0.1 as 0.10000000000000001, in the shortest form that is the same double. */
export const numberText = (written: string): string => {
  const number = Number(written);
  return WHOLE.test(written) || Number.isNaN(number) ? written : String(number);
};

const SECOND_MS = 1000;

/**
 * A moment in its shortest form: a day without its midnight, a time of day without its day, which is then before 1900. A full second, of
 * which a fraction of a day may be a little less, comes as the millisecond before it.
 */
const momentText = (moment: Date): string => {
  const ms = moment.getTime();
  const [day = "", rest = ""] = new Date(ms % SECOND_MS === SECOND_MS - 1 ? ms + 1 : ms).toISOString().split("T");
  const time = rest.slice(0, -1).replace(/\.000$/, "");
  if (day < "1900") return time;
  return time === "00:00:00" ? day : `${day} ${time}`;
};

const textOf = (cell: Cell): string => (cell === null ? "" : cell instanceof Date ? momentText(cell) : String(cell));

/** Nothing for an empty cell; everything else in quotes. */
const quoted = (cell: Cell): string => {
  const text = textOf(cell);
  return text === "" ? "" : `"${text.replaceAll('"', '""')}"`;
};

const isFilled = (row: Row<string>): boolean => row.some((cell) => cell !== null);

/** The rows of the first sheet that has some below a header, without those that are empty; null where no sheet has any. */
export const firstRows = (sheets: readonly Pick<Sheet<string>, "data">[]): Row<string>[] | null => {
  for (const { data } of sheets) {
    const rows = data.filter(isFilled);
    if (rows.length > 1) return rows;
  }
  return null;
};

export const csvLine = (row: Row<string>): string => `${row.map(quoted).join(",")}\n`;
