/** What a column of an enrichment table holds, independent of the engine that keeps it; and how a column widens. Pure. */
import type { FieldType } from "@touchstone/core/model/field";

export type ColumnKind =
  | { kind: "text" | "bigint" | "double" | "boolean" | "date" | "timestamp" }
  /** Exact numbers with at most so many digits before and after the point. */
  | { kind: "decimal"; whole: number; scale: number };

export type Column = { name: string; kind: ColumnKind };

/** A value on its way into a table: the text the engine casts to the column's type, or NULL. */
export type Wire = string | null;

export const TEXT: ColumnKind = { kind: "text" };
export const BIGINT: ColumnKind = { kind: "bigint" };
export const DOUBLE: ColumnKind = { kind: "double" };
export const BOOLEAN: ColumnKind = { kind: "boolean" };
export const DATE: ColumnKind = { kind: "date" };
export const TIMESTAMP: ColumnKind = { kind: "timestamp" };
export const decimal = (whole: number, scale: number): ColumnKind => ({ kind: "decimal", whole, scale });

/** Digits of the largest 64-bit number. */
const BIGINT_DIGITS = 19;
const BIGINT_MIN = -(2n ** 63n);
const BIGINT_MAX = 2n ** 63n - 1n;

/** What the values of a field become when all of them fit. Nested and unknown ones are JSON text. */
export const kindOfField = (type: FieldType, nativeType: string): ColumnKind => {
  switch (type) {
    case "Integral":
      return BIGINT;
    case "Fractional":
      return kindOfFraction(nativeType);
    case "Boolean":
      return BOOLEAN;
    case "Date":
      return DATE;
    case "Timestamp":
      return TIMESTAMP;
    case "String":
    case "Array":
    case "Struct":
    case "Unknown":
      return TEXT;
  }
};

const kindOfFraction = (nativeType: string): ColumnKind => {
  const declared = /^(?:decimal|numeric)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/i.exec(nativeType.trim());
  if (declared === null) return DOUBLE;
  const precision = declared[1] === undefined ? Infinity : Number(declared[1]);
  const scale = declared[1] === undefined ? Infinity : Number(declared[2] ?? 0);
  return precision === Infinity ? decimal(Infinity, Infinity) : decimal(precision - scale, scale);
};

const DATE_TEXT = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP_TEXT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?$/;
const WHOLE_TEXT = /^-?\d+$/;
const DECIMAL_TEXT = /^-?(\d+)(?:\.(\d+))?$/;
const NOT_FINITE = ["NaN", "Infinity", "-Infinity"];

const wholeDigits = (value: unknown): number | null => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return 1;
  if (typeof value !== "string" || !WHOLE_TEXT.test(value)) return null;
  const number = BigInt(value);
  return number >= BIGINT_MIN && number <= BIGINT_MAX ? 1 : value.replace("-", "").length;
};

const fitsDecimal = (value: unknown, whole: number, scale: number): boolean => {
  const parts = typeof value === "number" || typeof value === "string" ? DECIMAL_TEXT.exec(String(value)) : null;
  return parts !== null && parts[1]!.replace(/^0+/, "").length <= whole && (parts[2] ?? "").length <= scale;
};

const fitsDouble = (value: unknown): boolean =>
  typeof value === "number" ||
  (typeof value === "string" && (NOT_FINITE.includes(value) || (value !== "" && String(Number(value)) === value)));

/** Whether a shown value can be cast to the kind without loss. NULL always can. */
export const fits = (kind: ColumnKind, value: unknown): boolean => {
  if (value === null || value === undefined) return true;
  switch (kind.kind) {
    case "text":
      return true;
    case "bigint":
      return wholeDigits(value) === 1;
    case "decimal":
      return fitsDecimal(value, kind.whole, kind.scale);
    case "double":
      return fitsDouble(value);
    case "boolean":
      return typeof value === "boolean";
    case "date":
      return typeof value === "string" && DATE_TEXT.test(value) && isCalendarDay(value);
    case "timestamp":
      return typeof value === "string" && TIMESTAMP_TEXT.test(value) && isCalendarDay(value.slice(0, 10));
  }
};

/** Year 0 is BC in some engines and an error in others: as text it is safe. */
const isCalendarDay = (text: string): boolean => !text.startsWith("0000") && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

/** The kind wanted, or the next one that takes all values: exact numbers for large whole ones, else text. */
export const kindOfValues = (wanted: ColumnKind, values: Iterable<unknown>): ColumnKind => {
  let digits = 0;
  for (const value of values) {
    if (fits(wanted, value)) continue;
    const more = wanted.kind === "bigint" ? wholeDigits(value) : null;
    if (more === null) return TEXT;
    digits = Math.max(digits, more);
  }
  return digits === 0 ? wanted : decimal(Math.max(digits, BIGINT_DIGITS), 0);
};

/** Text of a shown value; nested values are JSON. Broken halves of surrogate pairs, which no engine stores, become U+FFFD. */
export const wire = (value: unknown): Wire => {
  if (value === null || value === undefined) return null;
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.toWellFormed();
};

/** The kind that holds the values of both: numbers widen exactly, everything else becomes text. */
export const widen = (a: ColumnKind, b: ColumnKind): ColumnKind => {
  if (a.kind !== "decimal" && a.kind === b.kind) return a;
  const left = asDecimal(a);
  const right = asDecimal(b);
  if (left === null || right === null) return TEXT;
  return decimal(Math.max(left.whole, right.whole), Math.max(left.scale, right.scale));
};

const asDecimal = (kind: ColumnKind): { whole: number; scale: number } | null => {
  if (kind.kind === "decimal") return kind;
  return kind.kind === "bigint" ? { whole: BIGINT_DIGITS, scale: 0 } : null;
};

/** How one engine writes kinds. `read` gives null for a type that none of our columns has. */
export type TypeNames = { write: (kind: ColumnKind) => string; read: (native: string) => ColumnKind | null };

const DUCKDB_DIGITS_MAX = 38;
const DUCKDB_NAMES = {
  text: "VARCHAR",
  bigint: "BIGINT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  date: "DATE",
  timestamp: "TIMESTAMP",
} as const;
const POSTGRES_NAMES = {
  text: "text",
  bigint: "bigint",
  double: "double precision",
  boolean: "boolean",
  date: "date",
  timestamp: "timestamp without time zone",
} as const;

const readFrom = (names: Record<string, string>, native: string): ColumnKind | null => {
  const found = Object.entries(names).find(([, name]) => name === native);
  return found ? { kind: found[0] as Exclude<ColumnKind["kind"], "decimal"> } : null;
};

/** DuckDB's decimals end at 38 digits (https://duckdb.org/docs/sql/data_types/numeric): beyond, exact numbers are text. */
export const DUCKDB_TYPES: TypeNames = {
  write: (kind) => {
    if (kind.kind !== "decimal") return DUCKDB_NAMES[kind.kind];
    const digits = kind.whole + kind.scale;
    return digits <= DUCKDB_DIGITS_MAX ? `DECIMAL(${digits},${kind.scale})` : DUCKDB_NAMES.text;
  },
  read: (native) => {
    const parts = /^DECIMAL\((\d+),(\d+)\)$/.exec(native);
    return parts ? decimal(Number(parts[1]) - Number(parts[2]), Number(parts[2])) : readFrom(DUCKDB_NAMES, native);
  },
};

/** Postgres' numeric has no practical limit. */
export const POSTGRES_TYPES: TypeNames = {
  write: (kind) => (kind.kind === "decimal" ? "numeric" : POSTGRES_NAMES[kind.kind]),
  read: (native) => (native === "numeric" ? decimal(Infinity, Infinity) : readFrom(POSTGRES_NAMES, native)),
};

/** A column as a store has it; `type` is the store's own word. */
export type StoredColumn = { name: string; type: string };

/** What must change so that a stored table takes rows of the wanted columns, and what it has then. */
export type Evolution = { added: Column[]; widened: Column[] };

/** Columns are added or widened, never removed: those the source no longer has stay, and are NULL in new rows. */
export const evolve = (stored: readonly StoredColumn[], wanted: readonly Column[], types: TypeNames): Evolution => {
  const byName = new Map(stored.map((column) => [column.name.toLowerCase(), column]));
  const added: Column[] = [];
  const widened: Column[] = [];
  for (const column of wanted) {
    const has = byName.get(column.name.toLowerCase());
    if (has === undefined) added.push(column);
    else {
      const known = types.read(has.type);
      const kind = known === null ? TEXT : widen(known, column.kind);
      if (types.write(kind) !== has.type) widened.push({ name: has.name, kind });
    }
  }
  return { added, widened };
};
