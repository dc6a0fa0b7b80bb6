/** The functions of the expression tree in memory, as expr/functions.ts describes them. */
import type { Cell } from "../rules/rule.ts";
import type { DataType, IntervalUnit } from "./expr.ts";
import type { FunctionName } from "./functions.ts";
import { md5 } from "./md5.ts";
import { addInterval, civilDate, dateText, dayNumber, isoDayOfWeek, microsOfDay, timestampText } from "./temporal.ts";
import { canonicalText, compareCells, momentOf } from "./values.ts";

/** What a call is evaluated with. `types` are those of the arguments. */
export type CallContext = { types: readonly DataType[]; result: DataType; now: string };

type Evaluator = (args: readonly Cell[], context: CallContext) => Cell;

const number = (cell: Cell): number | bigint => (typeof cell === "number" || typeof cell === "bigint" ? cell : Number(cell));
const string = (cell: Cell): string => (typeof cell === "string" ? cell : (canonicalText(cell, "Unknown") ?? ""));
const characters = (cell: Cell): string[] => Array.from(string(cell));

/** Of two whole numbers exactly, of others as fractions. */
const arithmetic =
  (whole: (a: bigint, b: bigint) => Cell, fraction: (a: number, b: number) => Cell): Evaluator =>
  ([a, b]) =>
    typeof a === "bigint" && typeof b === "bigint" ? whole(a, b) : fraction(Number(a), Number(b));

const compared =
  (test: (order: number) => boolean): Evaluator =>
  ([a, b], { types }) =>
    test(compareCells(a!, b!, types));

const fractionOf =
  (compute: (x: number) => number): Evaluator =>
  ([x]) => {
    const value = compute(Number(x));
    return Number.isNaN(value) && !Number.isNaN(Number(x)) ? null : value;
  };

const timeOf =
  (part: (micros: bigint) => number): Evaluator =>
  ([t]) =>
    BigInt(part(momentOf(t!)));

/** A moment moved by an interval; a date stays a date. */
const moved = (moment: Cell, by: Cell, sign: 1 | -1, result: DataType): Cell => {
  const { amount, unit } = by as { amount: number; unit: IntervalUnit };
  const micros = addInterval(momentOf(moment), sign * amount, unit);
  return result === "Date" ? dateText(micros) : timestampText(micros);
};

const summed =
  (sign: 1 | -1): Evaluator =>
  (args, context) => {
    if (context.types[1] === "Interval") return moved(args[0]!, args[1]!, sign, context.result);
    if (context.types[0] === "Interval") return moved(args[1]!, args[0]!, sign, context.result);
    return arithmetic(
      (a, b) => (sign === 1 ? a + b : a - b),
      (a, b) => (sign === 1 ? a + b : a - b),
    )(args, context);
  };

/** LIKE: % any text, _ one character, all others themselves. */
const likePattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
      .replaceAll("%", ".*")
      .replaceAll("_", ".")}$`,
    "su",
  );

const rounded: Evaluator = ([x, digits]) => {
  const [value, scale] = [Number(x), 10 ** Number(digits ?? 0)];
  const result = (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale;
  return Number.isFinite(result) ? result : value;
};

/** NULL where there is no real power: zero to a negative one, a negative number to a fraction. */
const powerOf = (x: number, y: number): number | null =>
  (x === 0 && y < 0) || (x < 0 && Number.isFinite(y) && !Number.isInteger(y)) ? null : x ** y;

/** From a 1-based position; positions below 1 count as if the text had characters there (SQL:2016, 6.30). */
const substring: Evaluator = ([x, start, count]) => {
  const first = Number(start);
  const end = count === undefined ? Infinity : first + Number(count);
  return characters(x!)
    .slice(Math.max(first, 1) - 1, Math.max(end - 1, 0))
    .join("");
};

const position: Evaluator = ([x, part]) => {
  const at = string(x!).indexOf(string(part!));
  return BigInt(at < 0 ? 0 : Array.from(string(x!).slice(0, at)).length + 1);
};

/** Letter by letter, as engines do: a letter whose other case is several letters stays. */
const cased =
  (change: (char: string) => string): Evaluator =>
  ([x]) =>
    characters(x!)
      .map((char) => (Array.from(change(char)).length === 1 ? change(char) : char))
      .join("");

/** NULL in, NULL out holds for these: the caller has answered NULL already. */
const STRICT: Partial<Record<FunctionName, Evaluator>> = {
  eq: compared((order) => order === 0),
  ne: compared((order) => order !== 0),
  lt: compared((order) => order < 0),
  le: compared((order) => order <= 0),
  gt: compared((order) => order > 0),
  ge: compared((order) => order >= 0),
  not: ([a]) => a !== true,
  add: summed(1),
  sub: summed(-1),
  mul: arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  div: ([a, b]) => (Number(b) === 0 ? null : Number(a) / Number(b)),
  mod: arithmetic(
    (a, b) => (b === 0n ? null : a % b),
    (a, b) => (b === 0 ? null : a % b),
  ),
  neg: ([a]) => -number(a!),
  like: ([x, pattern]) => likePattern(string(pattern!)).test(string(x!)),
  concat: (args, { types }) => args.map((part, i) => canonicalText(part, types[i] ?? "Unknown") ?? "").join(""),
  length: ([x]) => BigInt(characters(x!).length),
  lower: cased((char) => char.toLowerCase()),
  upper: cased((char) => char.toUpperCase()),
  trim: ([x]) => string(x!).replace(/^ +| +$/g, ""),
  ltrim: ([x]) => string(x!).replace(/^ +/, ""),
  rtrim: ([x]) => string(x!).replace(/ +$/, ""),
  substring,
  replace: ([x, from, to]) => (from === "" ? x! : string(x!).replaceAll(string(from!), () => string(to!))),
  startsWith: ([x, part]) => string(x!).startsWith(string(part!)),
  endsWith: ([x, part]) => string(x!).endsWith(string(part!)),
  contains: ([x, part]) => string(x!).includes(string(part!)),
  position,
  abs: ([x]) => (typeof x === "bigint" ? (x < 0n ? -x : x) : Math.abs(Number(x))),
  round: rounded,
  floor: fractionOf(Math.floor),
  ceil: fractionOf(Math.ceil),
  sqrt: fractionOf(Math.sqrt),
  power: ([x, y]) => powerOf(Number(x), Number(y)),
  ln: ([x]) => (Number(x) <= 0 ? null : Math.log(Number(x))),
  isFinite: ([x]) => typeof x === "bigint" || Number.isFinite(Number(x)),
  isNaN: ([x]) => Number.isNaN(Number(x)),
  year: timeOf((t) => civilDate(t).year),
  month: timeOf((t) => civilDate(t).month),
  day: timeOf((t) => civilDate(t).day),
  hour: timeOf((t) => Number(microsOfDay(t) / 3_600_000_000n)),
  minute: timeOf((t) => Number((microsOfDay(t) / 60_000_000n) % 60n)),
  dayOfWeek: timeOf(isoDayOfWeek),
  daysBetween: ([a, b]) => BigInt(dayNumber(momentOf(b!)) - dayNumber(momentOf(a!))),
  millisBetween: ([a, b]) => Number(momentOf(b!) - momentOf(a!)) / 1000,
  arrayLength: ([x]) => BigInt(Array.isArray(x) ? x.length : 0),
  md5: ([x]) => md5(string(x!)),
};

const extreme =
  (sign: 1 | -1): Evaluator =>
  (args, { types }) =>
    args
      .filter((cell) => cell !== null)
      .reduce<Cell>((best, cell) => (best === null || compareCells(cell, best, types) * sign > 0 ? cell : best), null);

/** These look at NULL themselves. */
const NULL_AWARE: Partial<Record<FunctionName, Evaluator>> = {
  and: (args) => (args.includes(false) ? false : args.includes(null) ? null : true),
  or: (args) => (args.includes(true) ? true : args.includes(null) ? null : false),
  isNull: ([a]) => a === null,
  isNotNull: ([a]) => a !== null,
  isDistinctFrom: ([a, b], { types }) => (a === null || b === null ? a !== b : compareCells(a!, b!, types) !== 0),
  coalesce: (args) => args.find((cell) => cell !== null) ?? null,
  nullif: ([a, b], { types }) => (a === null || (b !== null && compareCells(a!, b!, types) === 0) ? null : a!),
  greatest: extreme(1),
  least: extreme(-1),
  now: (_, { now }) => timestampText(momentOf(now)),
  today: (_, { now }) => dateText(momentOf(now)),
};

/** The value of a call from the values of its arguments. */
export const callValue = (fn: FunctionName, args: readonly Cell[], context: CallContext): Cell => {
  const aware = NULL_AWARE[fn];
  if (aware !== undefined) return aware(args, context);
  return args.includes(null) ? null : STRICT[fn]!(args, context);
};
