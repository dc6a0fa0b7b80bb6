/** Every rule's own cases, run as scans: bound, planned, rendered, run by the engine and judged, as for a user. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container } from "@touchstone/core/model/container";
import type { CheckResult } from "@touchstone/core/model/report";
import { caseTable, type CaseTable } from "@touchstone/core/rules/cases";
import { RULES } from "@touchstone/core/rules/index";
import type { Rule, RowCase, SetCase } from "@touchstone/core/rules/rule";
import type { Datastore, Relation } from "../connectors/connector.ts";
import { scanContainer } from "../operations/scan.ts";
import { rowsSql, type TestRow, type Types } from "./answers.ts";
import type { Engine } from "./engines.ts";

const NOW = "2031-02-01T12:00:00Z";

type Table = { container: Container; rows: readonly TestRow[] };

const typesOf = ({ fields }: Container): Types =>
  Object.fromEntries(
    fields.map(({ name, field_type, element_type }) => [
      name,
      field_type === "Array" ? { elements: element_type ?? "Unknown" } : field_type,
    ]),
  );

/** Rows that stand in the statement itself, so that nothing has to be written anywhere. Postgres has no row ids. */
const relationOf = (engine: Engine, { container, rows }: Table): Relation => {
  const source = rowsSql(engine, rows, typesOf(container));
  const unordered = { rowId: null, rowsIn: null, rowNumber: null };
  const ordered = {
    rowId: '"row number"',
    rowsIn: (ids: readonly bigint[]) => `"row number" IN (${ids.join(", ")})`,
    rowNumber: '"row number" + 1',
  };
  return {
    from: `(${source} CROSS JOIN (SELECT 1) AS "one row"("one"))`,
    ...(engine.dialect === "duckdb" ? ordered : unordered),
    partition: null,
    records: null,
  };
};

const datastoreOf = (engine: Engine, tables: readonly Table[]): Datastore => ({
  type: engine.dialect,
  name: "cases",
  session: engine.session,
  canStage: engine.dialect === "duckdb",
  sync: () => Promise.resolve({ containers: tables.map(({ container }) => container), failures: [], notes: [] }),
  open: ({ name }) => {
    const table = tables.find(({ container }) => container.name === name)!;
    return Promise.resolve({ relation: relationOf(engine, table), rejected: { count: 0, examples: [] } });
  },
  view: () => Promise.reject(new Error("no case has a query")),
  release: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

const run = async (engine: Engine, given: CaseTable, over: Partial<SetCase>): Promise<CheckResult> => {
  const own: Table = { container: { ...given.container, modified_at: over.modifiedAt ?? null }, rows: given.rows };
  const datastore = datastoreOf(engine, [own, ...Object.values(given.references)]);
  const { checks } = await scanContainer(datastore, own.container, relationOf(engine, own), [given.check], {
    now: NOW,
    ...(over.history === undefined ? {} : { history: await historyOf(given, over.history) }),
  });
  return checks[0]!;
};

/** History is kept by uid, which only binding knows. */
const historyOf = async ({ check, container }: CaseTable, history: NonNullable<SetCase["history"]>) => {
  const { bindCheck } = await import("@touchstone/core/rules/bind");
  return { [bindCheck(check, container, { now: NOW }).uid]: history };
};

const wanted = (given: RowCase | SetCase): { status: string; anomalous?: number } => {
  if ("outcome" in given) return { status: given.outcome, ...(given.anomalous === undefined ? {} : { anomalous: given.anomalous }) };
  return { status: given.violates ? "failed" : "passed", anomalous: given.violates ? 1 : 0 };
};

const found = (result: CheckResult, want: { anomalous?: number }) => ({
  status: result.status,
  ...(want.anomalous === undefined ? {} : { anomalous: result.anomalous_records ?? 0 }),
});

const checkRule = async (engine: Engine, rule: Rule): Promise<void> => {
  for (const given of rule.cases) {
    const table = caseTable(rule, given);
    const want = wanted(given);
    const result = await run(engine, table, "outcome" in given ? given : {});
    assert.deepEqual(
      found(result, want),
      want,
      `${engine.name}: ${table.title} ${result.error ? `${result.error.code} ${result.error.what}: ${result.error.why}` : ""}`,
    );
  }
};

export const testRules = (engines: () => readonly Engine[]): void => {
  for (const rule of RULES) {
    void test(`rule ${rule.type}`, async () => {
      for (const engine of engines()) await checkRule(engine, rule);
    });
  }
};
