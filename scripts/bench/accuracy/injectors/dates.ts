/** Dates in another format, in the future, or of no calendar. */
import { byForeignType, byZScore } from "../simple.ts";
import { cellwise, columnsLike, first, type Injector } from "./injector.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const FORMATS: readonly ((y: string, m: string, d: string) => string)[] = [
  (y, m, d) => `${d}.${m}.${y}`,
  (y, m, d) => `${m}/${d}/${y}`,
  (y, m, d) => `${d} ${MONTHS[Number(m) - 1]!} ${y}`,
  (y, m, d) => `${y}${m}${d}`,
  (y, m, d) => `${y}/${m}/${d}`,
];

const otherFormat: Injector = {
  kind: "date in another format",
  targets: columnsLike("date"),
  begin: (_, columns, random) => {
    const write = random.pick(FORMATS);
    return cellwise(first(columns), (cell) => write(cell.slice(0, 4), cell.slice(5, 7), cell.slice(8, 10)));
  },
  simple: byForeignType,
};

const future: Injector = {
  kind: "future date",
  targets: columnsLike("date"),
  begin: (_, columns, random) =>
    cellwise(
      first(columns),
      (cell) => `${Number(cell.slice(0, 4)) + random.pick([100, 30, 60, 1000])}${cell.slice(4).replace("-02-29", "-02-28")}`,
    ),
  simple: byZScore,
};

const impossible: Injector = {
  kind: "impossible date",
  targets: columnsLike("date"),
  begin: (_, columns, random) =>
    cellwise(
      first(columns),
      (cell) => `${cell.slice(0, 4)}-${random.pick(["02-30", "13-05", "00-12", "04-31", "06-00", `${cell.slice(5, 7)}-32`])}`,
    ),
  simple: byForeignType,
};

export const DATE_INJECTORS: readonly Injector[] = [otherFormat, future, impossible];
