/** Checks files as a user would, without any configuration: connect, profile, infer, scan, every failing row. */
import { basename, extname } from "node:path";
import { connect } from "@touchstone/engine/connectors/index";
import type { Level } from "@touchstone/engine/infer/level";
import { check } from "@touchstone/engine/operations/check";
import type { ContainerReport } from "@touchstone/core/model/report";
import { cellKey, type Cells } from "./simple.ts";

/** Cells that the anomalies name, each with the rules that name it, and what could not be run. */
export type Named = { cells: Cells; rules: ReadonlyMap<string, ReadonlySet<string>>; unasserted: string[] };

/** Fields are found by position, since a table and its twin may spell them differently. */
const namedIn = (report: ContainerReport): Named => {
  const at = new Map(report.fields.map((field, column) => [field.name, column]));
  const rules = new Map<string, Set<string>>();
  const add = (row: number | null, fields: readonly string[], rule: string) => {
    for (const field of fields) {
      const column = at.get(field);
      if (row === null || column === undefined) continue;
      const key = cellKey(row - 1, column);
      rules.set(key, (rules.get(key) ?? new Set()).add(rule));
    }
  };
  for (const anomaly of report.anomalies)
    for (const { rule_type, fields } of anomaly.failed_checks) {
      add(anomaly.row, fields, rule_type);
      for (const example of anomaly.examples) add(example.row, fields, rule_type);
    }
  const unasserted = report.checks
    .filter((c) => c.status === "unasserted")
    .map((c) => `${c.uid}: ${c.error?.what ?? ""} ${c.error?.why ?? ""}`);
  return { cells: new Set(rules.keys()), rules, unasserted: report.error === null ? unasserted : [report.error.what] };
};

/** One engine for all files, which must differ in their names' letters; what is named in each, by its path. */
export const checkFiles = async (paths: readonly string[], level: Level | undefined): Promise<Map<string, Named>> => {
  const datastore = await connect([...paths]);
  try {
    const report = await check({
      id: "accuracy",
      version: "bench",
      datastores: [datastore],
      sources: [...paths],
      level,
      options: { recordsMax: "all", examplesMax: "all" },
    });
    const byName = new Map(report.containers.map((container) => [container.name, container]));
    return new Map(
      paths.map((path) => {
        const container = paths.length === 1 ? report.containers[0] : byName.get(basename(path, extname(path)));
        if (container === undefined) throw new Error(`no container for ${path}, only ${[...byName.keys()].join(", ")}`);
        return [path, namedIn(container)];
      }),
    );
  } finally {
    await datastore.close();
  }
};
