/** Every rule's own cases on the in-memory oracle; engines are held to the same cases by the conformance suite. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { evaluate, evaluateAggregates, type Environment } from "../expr/evaluate.ts";
import { bindCheck } from "./bind.ts";
import { caseTable, type CaseTable } from "./cases.ts";
import { RULES } from "./index.ts";
import type { AggregateRule, DatasetPlan, DatasetRule, Rule, RowRule, SetCase, Verdict } from "./rule.ts";
import { violationOf } from "./violation.ts";

const NOW = "2031-02-01T12:00:00Z";
const CASES_MIN = 6;

test("the list is the folder, sorted", () => {
  const types = RULES.map(({ type }) => type);
  assert.deepEqual(
    types,
    [...types].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  );
  const files = new Set(readdirSync(import.meta.dirname));
  assert.deepEqual(
    types.filter((type) => !files.has(`${type}.ts`)),
    [],
  );
});

test("every rule is documented, says what it asserts in a sentence, and has cases for both outcomes", () => {
  for (const rule of RULES) {
    assert.ok(rule.docs.length > 40, rule.type);
    assert.ok(rule.cases.length >= CASES_MIN, `${rule.type} has ${rule.cases.length} cases`);
    const outcomes = new Set(
      rule.shape === "row" ? rule.cases.map(({ violates }) => violates) : rule.cases.map(({ outcome }) => outcome !== "passed"),
    );
    assert.equal(outcomes.size, 2, `${rule.type} needs cases that hold and cases that do not`);
  }
});

/** The schema inside defaults, options and the like. */
const inner = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? inner(schema.unwrap()) : schema;
const described = (schema: z.core.$ZodType): boolean =>
  z.globalRegistry.get(schema)?.description !== undefined || (inner(schema) !== schema && described(inner(schema)));
const shapeOf = (schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | null =>
  schema instanceof z.ZodPipe ? shapeOf(schema.in) : schema instanceof z.ZodObject ? schema.shape : null;

test("the properties of every rule are known and described: forms and docs are made of them", () => {
  for (const rule of RULES) {
    const shape = shapeOf(rule.properties);
    assert.ok(shape, rule.type);
    assert.deepEqual(
      Object.keys(shape).filter((name) => !described(shape[name]!)),
      [],
      rule.type,
    );
    assert.ok(z.toJSONSchema(rule.properties, { io: "input" }), rule.type);
  }
});

const environment = ({ references }: CaseTable): Environment => ({
  now: NOW,
  member: ({ container }) => references[container]?.rows ?? [],
});
const bound = (table: CaseTable, over: Partial<SetCase> = {}) =>
  bindCheck(
    table.check,
    { ...table.container, modified_at: over.modifiedAt ?? null },
    { now: NOW, modifiedAt: over.modifiedAt ?? null, referenceFields: (name) => table.references[name]?.container.fields ?? null },
  );

const checkRow = (rule: RowRule): void => {
  for (const given of rule.cases) {
    const table = caseTable(rule, given);
    const violation = evaluate(violationOf(rule, bound(table)), table.rows[0]!, environment(table));
    assert.equal(violation === true, given.violates, table.title);
  }
};

const checkAggregate = (rule: AggregateRule): void => {
  for (const given of rule.cases) {
    const table = caseTable(rule, given);
    const { context, fields, properties, filter } = bound(table, given);
    const history = { ...context, history: given.history ?? [] };
    const rows = filter ? table.rows.filter((row) => evaluate(filter, row, environment(table)) === true) : table.rows;
    const reference = rule.reference?.(properties, history);
    const there = reference
      ? evaluateAggregates(
          reference.metrics,
          (table.references[reference.container]?.rows ?? []).filter(
            (row) => !reference.filter || evaluate(reference.filter, row, environment(table)) === true,
          ),
          environment(table),
        )
      : {};
    const verdict = rule.judge(
      evaluateAggregates(rule.metrics(fields, properties, history), rows, environment(table)),
      properties,
      history,
      there,
      rows.length,
    );
    assert.equal({ holds: "passed", fails: "failed", unasserted: "unasserted" }[verdict.outcome], given.outcome, table.title);
  }
};

const checkDataset = (rule: DatasetRule): void => {
  for (const given of rule.cases) {
    const table = caseTable(rule, given);
    const { context, fields, properties, filter } = bound(table, given);
    const rows = filter ? table.rows.filter((row) => evaluate(filter, row, environment(table)) === true) : table.rows;
    const verdict = datasetVerdict(rule.plan(fields, properties, context), rows, table);
    if (verdict === null) continue;
    assert.equal({ holds: "passed", fails: "failed", unasserted: "unasserted" }[verdict.outcome], given.outcome, table.title);
    if (verdict.outcome === "fails" && given.anomalous !== undefined) assert.equal(verdict.anomalous, given.anomalous, table.title);
  }
};

/** Null for the kinds that only an engine answers: orders, comparisons, clusters, consensus. */
const datasetVerdict = (plan: DatasetPlan, rows: CaseTable["rows"], table: CaseTable): Verdict | null => {
  if (plan.kind === "schema") return plan.judge(table.container.fields);
  if (plan.kind === "partitions") return plan.judge([{ name: "cases", rows: rows.length }]);
  if (plan.kind !== "groups") return null;
  const keyed = rows
    .map((row) => plan.by.map((by) => evaluate(by, row, environment(table))))
    .filter((keys) => !plan.dropNulls || !keys.includes(null));
  const groups = [
    ...Map.groupBy(keyed, (keys) =>
      JSON.stringify(keys, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
    ).values(),
  ];
  const asRows = groups.map((same) => ({
    rows: BigInt(same.length),
    ...Object.fromEntries(same[0]!.map((value, index) => [`key_${index + 1}`, value])),
  }));
  return plan.judge(evaluateAggregates(plan.metrics, asRows, environment(table)));
};

const onOracle = (rule: Rule): void =>
  rule.shape === "row" ? checkRow(rule) : rule.shape === "aggregate" ? checkAggregate(rule) : checkDataset(rule);

for (const rule of RULES) test(`cases of ${rule.type}`, () => onOracle(rule));
