/** Checks files as a user would, without any configuration: connect, profile, infer, scan, every failing row. */
import { basename, extname } from "node:path";
import { connect } from "@touchstone/engine/connectors/index";
import type { Level } from "@touchstone/engine/infer/level";
import { check, fieldsOf } from "@touchstone/engine/operations/check";
import { runContainers } from "@touchstone/engine/operations/containers";
import { inferChecks } from "@touchstone/engine/operations/infer";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { scanContainer } from "@touchstone/engine/operations/scan";
import type { QualityCheck } from "@touchstone/core/model/check";
import type { ContainerReport, Report } from "@touchstone/core/model/report";
import { cellKey, type Cells } from "./simple.ts";

/** Cells that the anomalies name, each with the rules that name it, and what could not be run. */
export type Named = { cells: Cells; rules: ReadonlyMap<string, ReadonlySet<string>>; unasserted: string[] };

type Failed = ContainerReport["anomalies"][number]["failed_checks"][number];

/** Fields are found by position, since a table and its twin may spell them differently. */
const namedIn = (report: ContainerReport, counts: (failed: Failed) => boolean = () => true): Named => {
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
    for (const { rule_type, fields } of anomaly.failed_checks.filter(counts)) {
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
    return byPath(report, paths, (container) => namedIn(container));
  } finally {
    await datastore.close();
  }
};

const byPath = <T>(report: Report, paths: readonly string[], of: (container: ContainerReport) => T): Map<string, T> => {
  const byName = new Map(report.containers.map((container) => [container.name, container]));
  return new Map(
    paths.map((path) => {
      const container = paths.length === 1 ? report.containers[0] : byName.get(basename(path, extname(path)));
      if (container === undefined) throw new Error(`no container for ${path}, only ${[...byName.keys()].join(", ")}`);
      return [path, of(container)];
    }),
  );
};

/** What is named at several levels: profiled and scanned once, with the checks of all levels, each marked with those that have it. */
export const checkLevels = async (paths: readonly string[], levels: readonly Level[]): Promise<Map<string, Map<Level, Named>>> => {
  const datastore = await connect([...paths]);
  const request = { id: "accuracy", version: "bench", datastores: [datastore], sources: [...paths] };
  try {
    const report = await runContainers(request, { type: "check", incremental: false }, async (open) => {
      const now = new Date().toISOString();
      const profile = await profileContainer(open.datastore, open.container, open.relation, { now });
      const checks = new Map<string, QualityCheck>();
      for (const level of levels)
        for (const each of await inferChecks(open.datastore, open.container, open.relation, profile, {
          now,
          level,
          catalogue: open.catalogue,
        })) {
          if (each.status !== "Active") continue;
          const key = JSON.stringify([each.rule_type, each.fields, each.properties, each.filter, each.coverage]);
          const known = checks.get(key) ?? { ...each, tags: [] };
          checks.set(key, { ...known, tags: [...known.tags, String(level)] });
        }
      const scanned = await scanContainer(open.datastore, open.container, open.relation, [...checks.values()], {
        recordsMax: "all",
        examplesMax: "all",
      });
      return { ...scanned, fields: fieldsOf(open.container, profile) };
    });
    return byPath(report, paths, (container) => {
      const tags = new Map(container.checks.map((each) => [each.uid, each.tags]));
      return new Map(levels.map((level) => [level, namedIn(container, ({ uid }) => tags.get(uid)!.includes(String(level)))]));
    });
  } finally {
    await datastore.close();
  }
};
