/**
 * The shape of a rule. A rule is one file in this folder and one line in `index.ts`; validation, SQL, CLI help, docs
 * and tests all derive from this one object.
 *
 * Three shapes, no more:
 *   row        a predicate that is true for a violating row
 *   aggregate  mergeable metrics of the whole (filtered) set, and a judgement of their values
 *   dataset    what neither can say: the schema, groups of equal keys, an order, a comparison of two containers, clusters
 *
 * NULL is not handled here: the engine treats a NULL predicate as "not violated" unless the check's null_policy says
 * otherwise. A rule whose subject is NULL itself (notNull, anyNotNull) sets `judgesNull`.
 */
import type { z } from "zod";
import type { Expr, FieldRef, Reference } from "../expr/expr.ts";
import type { Field, FieldType } from "../model/field.ts";

/** A value of a row as it leaves an engine. Integral beyond 2^53 is bigint; Date and Timestamp are text as in expr.ts. */
export type Cell = null | boolean | number | bigint | string | Cell[] | { [key: string]: Cell };

/** What an expression in a property must be. */
export type ParseAs = { expect?: "Boolean" | "numeric" | "any"; allowAggregates?: boolean };

/** What a rule may know besides its fields and properties. */
export type RuleContext = {
  /** All fields of the container. */
  containerFields: readonly Field[];
  /** The field a property names, with its type; throws FIELD_UNKNOWN with the nearest name. */
  field: (name: string) => FieldRef;
  /**
   * Parses an expression of the portable language against the container at hand; throws a user error with its position.
   * Aggregates are allowed for rules of the aggregate shape unless the options say otherwise.
   */
  parse: (text: string, options?: ParseAs) => Expr;
  /** The same for an expression over a reference container, whose fields may be unknown until it is opened. */
  parseReference: (text: string, container: string, options?: ParseAs) => Expr;
  /** Start of the operation, ISO 8601 UTC. */
  now: string;
  /** When the source last changed, where it can tell, ISO 8601 UTC. */
  modifiedAt: string | null;
  incrementalField: string | null;
  partitionField: string | null;
  /** Earlier measurements of this check, oldest first. Empty on the first scan. */
  history: readonly { at: string; value: number }[];
};

/** What came of judging. `anomalous` counts rows (or groups, fields, segments: what the rule says it counts). */
export type Verdict =
  | { outcome: "holds"; measured?: Cell }
  | { outcome: "fails"; anomalous: number; measured?: Cell; why: string }
  | { outcome: "unasserted"; why: string };

export const holds = (measured?: Cell): Verdict => (measured === undefined ? { outcome: "holds" } : { outcome: "holds", measured });
export const fails = (why: string, anomalous: number, measured?: Cell): Verdict =>
  measured === undefined ? { outcome: "fails", anomalous, why } : { outcome: "fails", anomalous, why, measured };
export const unasserted = (why: string): Verdict => ({ outcome: "unasserted", why });

export type Metrics = Readonly<Record<string, Cell>>;

/** How a dataset rule is answered. Closed: the planner knows each kind. */
export type DatasetPlan =
  /** From the catalogue alone, no pass over the data. */
  | { kind: "schema"; judge: (fields: readonly Field[]) => Verdict; abortsContainer: boolean }
  /**
   * One grouping of the (filtered) rows by `by`; `metrics` are aggregates over the groups, in which the grouped
   * expressions are fields `key_1..key_n` and the group's row count is the field `rows`. Rules with equal `by`,
   * `dropNulls` and filter share the grouping. `offending`, a predicate on a group, names the groups whose source rows
   * are attached to the anomaly; their rows are what `anomalous` counts unless the judgement says otherwise.
   */
  | {
      kind: "groups";
      by: readonly Expr[];
      dropNulls: boolean;
      metrics: Record<string, Expr>;
      judge: (metrics: Metrics) => Verdict;
      offending: Expr | null;
    }
  /** Grouping by physical partition (file); metrics and judgement as for groups, `key_1` being the partition's name. */
  | { kind: "partitions"; judge: (partitions: readonly { name: string; rows: number }[]) => Verdict }
  /** A predicate that may use `previous(...)`: one ordered pass. */
  | { kind: "ordered"; orderBy: readonly Expr[] | null; violates: Expr }
  /** Rows matched by key with a reference container and compared cell by cell. */
  | {
      kind: "compare";
      reference: Reference;
      keys: readonly string[];
      compared: readonly CompareField[];
      changes: readonly ("added" | "removed" | "changed")[];
    }
  /**
   * Rows that differ from what the other rows of their group agree on. Each determinant groups the rows (those where all
   * its fields are known); a group of at least `rowsMin` known values, of which one value holds at least `shareMin` and
   * more than any other, has an opinion on its rows. A row violates where the opinions against its value outnumber those
   * for it, so that one wrong determinant does not condemn its row. A missing value counts as differing iff `missingFails`.
   */
  | {
      kind: "consensus";
      value: FieldRef;
      determinants: readonly (readonly FieldRef[])[];
      rowsMin: number;
      shareMin: number;
      missingFails: boolean;
    }
  /** Distinct values of a field clustered by likeness; a cluster must agree on another field. */
  | { kind: "clusters"; value: FieldRef; distinct: FieldRef; cluster: (values: readonly string[]) => number[] };

export type CompareField = { name: string; differs: (left: Expr, right: Expr) => Expr };

type Base<P> = {
  /** Name on the wire and of the file. */
  type: string;
  title: string;
  /** What it asserts, its edge cases, its NULL behaviour: shown by `touchstone rules NAME`, the API and the form. */
  docs: string;
  /** single: one field; multi: one or more; calculated: named in an expression; none: the container. */
  takes: "single" | "multi" | "calculated" | "none";
  /** Field types the rule accepts; all when absent. */
  appliesTo?: readonly FieldType[];
  properties: z.ZodType<P>;
  /** Rule weight 1..3, the base of a check's weight (reference §1.6). */
  weight: 1 | 2 | 3;
  category: "data_integrity" | "metadata";
  /** Whether a filter / a coverage below 1 has meaning for it. */
  filterable: boolean;
  coverable: boolean;
  /** What an incremental scan must look at: the new rows, or everything. */
  scope: "slice" | "whole";
  /** Whether it can look at the elements of an array (property `is_element_context`). */
  elementwise?: boolean;
  /** Sentence for a person: what must hold. Fields are the names; no value of the data. */
  describe(fields: readonly string[], p: P): string;
};

export type RowRule<P = unknown> = Base<P> & {
  shape: "row";
  judgesNull?: boolean;
  /** True for a row that breaks the rule. `fields` carry their types. */
  violates(fields: readonly Expr[], p: P, ctx: RuleContext): Expr;
  /** Mean or other summary kept between scans (metric). */
  measure?(fields: readonly Expr[], p: P): Expr;
  cases: readonly RowCase[];
};

export type AggregateRule<P = unknown> = Base<P> & {
  shape: "aggregate";
  /** Aggregates over the filtered rows; each becomes a value given to `judge` under its name. */
  metrics(fields: readonly Expr[], p: P, ctx: RuleContext): Record<string, Expr>;
  /** Aggregates over another container, given to `judge` beside the first as `reference`. */
  reference?(p: P, ctx: RuleContext): { datastore: string | null; container: string; filter: Expr | null; metrics: Record<string, Expr> };
  /** `rows` is the number of filtered rows. */
  judge(metrics: Metrics, p: P, ctx: RuleContext, reference: Metrics, rows: number): Verdict;
  cases: readonly SetCase[];
};

export type DatasetRule<P = unknown> = Base<P> & {
  shape: "dataset";
  plan(fields: readonly FieldRef[], p: P, ctx: RuleContext): DatasetPlan;
  cases: readonly SetCase[];
};

export type Rule<P = unknown> = RowRule<P> | AggregateRule<P> | DatasetRule<P>;

/**
 * A test vector of a row rule: one row, and whether it violates. `value` stands for the single field `x` (element mode:
 * give an array); `row` names several, the check's fields being its keys unless `fields` says otherwise.
 */
export type RowCase = {
  name?: string;
  value?: Cell;
  row?: Record<string, Cell>;
  fields?: readonly string[];
  /** Types of the fields; guessed from the values where absent (whole number Integral, other number Fractional, text String). */
  type?: FieldType;
  types?: Record<string, FieldType>;
  with?: Record<string, unknown>;
  null_policy?: "pass" | "fail";
  references?: Record<string, readonly Record<string, Cell>[]>;
  violates: boolean;
};

/** A test vector of a set rule: all rows, and the outcome. `x` is the field unless `fields` says otherwise. */
export type SetCase = {
  name?: string;
  rows: readonly Record<string, Cell>[];
  types?: Record<string, FieldType>;
  fields?: readonly string[];
  with?: Record<string, unknown>;
  filter?: string;
  references?: Record<string, readonly Record<string, Cell>[]>;
  history?: readonly { at: string; value: number }[];
  /** Overrides of the context a case may need. */
  modifiedAt?: string;
  outcome: "passed" | "failed" | "unasserted";
  anomalous?: number;
};

/**
 * Fixes the property type `P` while the rule is written, then hides it: whoever holds a list of rules knows only that
 * properties which passed `properties.parse` may be handed back (methods above are bivariant on purpose).
 */
export const rowRule = <P>(definition: Omit<RowRule<P>, "shape">): RowRule => Object.freeze({ shape: "row" as const, ...definition });
export const aggregateRule = <P>(definition: Omit<AggregateRule<P>, "shape">): AggregateRule =>
  Object.freeze({ shape: "aggregate" as const, ...definition });
export const datasetRule = <P>(definition: Omit<DatasetRule<P>, "shape">): DatasetRule =>
  Object.freeze({ shape: "dataset" as const, ...definition });
