/**
 * A dialect is data: what one engine writes differently from ANSI SQL. `render.ts` walks an expression and asks the
 * dialect's tables; nothing here runs anything. Each deviation carries the vendor's documentation URL.
 *
 * What an engine cannot do is a `Gap` with one of three words, never doubtful SQL:
 *   notimpl  we have not written it       notyet  the engine has not got it       never  it cannot be, and why
 */
import type { AggregateName, DataType, Literal, TruncUnit } from "@touchstone/core/expr/expr";
import type { FunctionName } from "@touchstone/core/expr/functions";
import type { Regex } from "@touchstone/core/expr/regex";
import type { FieldType } from "@touchstone/core/model/field";

export type Gap = { gap: "notimpl" | "notyet" | "never"; reason: string };
export const gap = (word: Gap["gap"], reason: string): Gap => ({ gap: word, reason });
export const isGap = (value: unknown): value is Gap => typeof value === "object" && value !== null && "gap" in value;

/** Rendered arguments in, SQL out; a Gap where these arguments cannot be done. `types` are the argument types as far as they are known. */
export type FunctionRenderer = (args: readonly string[], types: readonly DataType[]) => string | Gap;

/** Functions whose value the operation fixes: the renderer writes them as constants. */
export type FixedFunction = "now" | "today";

/** An answer that differs from the other engines and cannot be unified: documented, and probed so that a healed one is noticed. */
export type Difference = {
  what: string;
  why: string;
  /** A query of one row and one value, and what this engine answers today. */
  probe: { sql: string; answers: string | number | boolean | null } | { sql: string; fails: string };
};

export type Dialect = {
  name: string;
  title: string;
  quote: (identifier: string) => string;
  /** A constant, typed and escaped: proven by the escape corpus of the conformance suite on the live engine. */
  literal: (literal: Literal) => string;
  /** SQL type to cast to. */
  types: Record<FieldType, string | Gap>;
  /** Field type of one of the engine's own type names, with the element type of an array. */
  fieldType: (native: string) => { field_type: FieldType; element_type?: FieldType };
  /**
   * Reads a column whose native type does not behave as its field type does (an enum sorted by position, a blank-padded
   * char, a single-precision number) as one that does; null where the column can be named as it is. `quoted` is SQL.
   */
  normalised: (quoted: string, native: string) => string | null;
  functions: Record<Exclude<FunctionName, FixedFunction>, FunctionRenderer | Gap>;
  /** NaN and infinities take no part in sum, mean, min, max, stddev and quantile of fractions. */
  aggregates: Record<AggregateName, ((operand: string | null, parameter: number | null, operandType: DataType) => string) | Gap>;
  /** What ORDER BY and GROUP BY write for an operand, so that text sorts by bytes. */
  sortKey: (operand: string, type: DataType) => string;
  /** Boolean SQL: the pattern is found in the text. */
  matches: (operand: string, regex: Regex) => string | Gap;
  /** Fails in the engine where the value does not convert. Fractions become whole numbers by rounding half away from zero. */
  cast: (operand: string, from: DataType, to: FieldType) => string | Gap;
  /** NULL where the value does not convert. */
  tryCast: (operand: string, from: DataType, to: FieldType) => string | Gap;
  /** Boolean SQL: the text denotes a value of the type; NULL for NULL. The same texts on every engine: core/expr/denotes.ts. */
  castable: (operand: string, to: FieldType) => string | Gap;
  /** Keeps the type of the operand: a date stays a date. */
  dateTrunc: (unit: TruncUnit, operand: string, type: DataType) => string | Gap;
  /** Boolean SQL, false for NULL and empty arrays. */
  anyElement: (array: string, predicate: (element: string) => string) => string | Gap;
  /** Canonical text of a value, equal on every engine: for fingerprints, cross-engine comparison and casts to String. NULL stays NULL. */
  canonicalText: (operand: string, type: DataType) => string;
  /** Whether a grouping can also return the k smallest row ids of each group, so that counting and capturing share one pass. */
  smallestIds: ((rowId: string, k: number) => string) | Gap;
  /**
   * Boolean SQL: operands, none of them NULL, are among the keys of a source, as one look-up in a table of its keys; a Gap where
   * a join with the distinct keys is the better plan.
   */
  amongKeys: ((operands: readonly string[], keys: readonly string[], from: string) => string) | Gap;
  differences: readonly Difference[];
  /** Names that a subquery in FROM needs, LIMIT forms and the like are ANSI in all engines so far and stay in render.ts. */
};
