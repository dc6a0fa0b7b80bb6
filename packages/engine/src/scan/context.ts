/** What every step of scanning one container works with. */
import type { Expr, Reference } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { QueryOptions, Relation, Row, Session } from "../connectors/connector.ts";

/** Expressions and names as SQL of the session. */
export type Writer = {
  expr: (expr: Expr) => string;
  name: (identifier: string) => string;
};

/** What a check wants of another container: the distinct values of some fields, or all its rows. */
export type ReferenceWish = Reference & { wanted: "keys" | "rows" };

/** A reference container made readable in this session. */
export type OpenedReference = { from: string; fields: readonly Field[] };

export type ScanContext = {
  session: Session;
  container: Container;
  relation: Relation;
  write: Writer;
  /** SQL predicate of the rows an incremental scan looks at; null: all. */
  slice: string | null;
  /** Failing rows wanted per check; ALL_ROWS: every one, as far as everyRowMax rows go. */
  rowsMax: number;
  everyRowMax: number;
  /** Rows from which cheaper ways than the shared pass are tried first. */
  settleRowsMin: number;
  openReference: (wish: ReferenceWish) => Promise<OpenedReference>;
  query: (title: string, sql: string) => Promise<Row[]>;
  /** Rows in batches, for what may be many. */
  stream: (title: string, sql: string, batchRows: number) => AsyncIterable<Row[]>;
  queryOptions: QueryOptions;
};

/** Rows wanted without a cap. */
export const ALL_ROWS = Number.POSITIVE_INFINITY;

/** A count as it comes from an engine. */
export const toCount = (cell: unknown): number =>
  typeof cell === "bigint" || typeof cell === "string" ? Number(cell) : typeof cell === "number" ? cell : 0;

/** A row id as it comes from an engine. */
export const toId = (cell: unknown): bigint | null =>
  typeof cell === "bigint" || typeof cell === "number" || typeof cell === "string" ? BigInt(cell) : null;

/** Conditions joined by AND; null of none. */
export const conjunction = (...conditions: readonly (string | null)[]): string | null => {
  const given = conditions.filter((condition) => condition !== null);
  return given.length === 0 ? null : given.map((condition) => `(${condition})`).join(" AND ");
};

export const whereClause = (...conditions: readonly (string | null)[]): string => {
  const joined = conjunction(...conditions);
  return joined === null ? "" : `\nWHERE ${joined}`;
};
