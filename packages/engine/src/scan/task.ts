/**
 * A task is what one check asks of the data, as the planner sees it: the rule's own functions have been called, so that
 * from here on there are only expressions and judgements. Pure.
 */
import type { Expr } from "@touchstone/core/expr/expr";
import type { QualityCheck } from "@touchstone/core/model/check";
import type { BoundCheck } from "@touchstone/core/rules/bind";
import type { DatasetPlan, Metrics, Verdict } from "@touchstone/core/rules/rule";
import { violationOf } from "@touchstone/core/rules/violation";

/** Aggregates over another container, given to the judgement beside the first. */
export type ReferenceMetrics = { datastore: string | null; container: string; filter: Expr | null; metrics: Record<string, Expr> };

export type TaskBody =
  | { kind: "row"; violates: Expr }
  | {
      kind: "aggregate";
      metrics: Record<string, Expr>;
      reference: ReferenceMetrics | null;
      judge: (metrics: Metrics, reference: Metrics, rows: number) => Verdict;
    }
  | DatasetPlan;

export type Task = {
  uid: string;
  check: QualityCheck;
  /** What must hold, as a sentence without values of the data. */
  sentence: string;
  /** Names of the fields it looks at, as the container spells them. */
  fields: readonly string[];
  filter: Expr | null;
  /** What an incremental scan looks at for it. */
  scope: "slice" | "whole";
  /** Share of rows that must satisfy it; null: every one, and each failing row is a finding of its own. */
  coverage: number | null;
  /** A summary of the rows kept between scans, an aggregate; null for rules that keep none. */
  measure: Expr | null;
  body: TaskBody;
};

/** Kinds whose failing rows are found one by one, each a record. */
export const isRowTask = ({ body }: Task): boolean =>
  body.kind === "row" || body.kind === "ordered" || body.kind === "consensus" || body.kind === "clusters";

/** The task of a bound check. Throws what the rule throws (PROPERTY_INVALID, EXPRESSION_INVALID …). */
export const taskOf = (bound: BoundCheck): Task => {
  const { check, rule, uid, fields, filter, properties } = bound;
  const names = fields.map(({ name }) => name);
  return {
    uid,
    check,
    sentence: rule.describe(names, properties),
    fields: names,
    filter,
    scope: rule.scope,
    coverage: rule.coverable ? check.coverage : null,
    measure: rule.shape === "row" ? (rule.measure?.(fields, properties) ?? null) : null,
    body: bodyOf(bound),
  };
};

const bodyOf = (bound: BoundCheck): TaskBody => {
  const { rule, fields, properties, context } = bound;
  switch (rule.shape) {
    case "row":
      return { kind: "row", violates: violationOf(rule, bound) };
    case "aggregate":
      return {
        kind: "aggregate",
        metrics: rule.metrics(fields, properties, context),
        reference: rule.reference?.(properties, context) ?? null,
        judge: (metrics, reference, rows) => rule.judge(metrics, properties, context, reference, rows),
      };
    case "dataset":
      return rule.plan(fields, properties, context);
  }
};
