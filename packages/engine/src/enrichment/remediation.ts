/** Remediation tables: whole anomalous rows with the source's own columns, typed, one table per container. Pure. */
import { kindOfField, kindOfValues, wire } from "./kind.ts";
import type { Column, Wire } from "./kind.ts";
import { REMEDIATION_COLUMNS, remediationPrefix } from "./tables.ts";
import { recordsOf } from "./write.ts";
import type { EnrichmentOperation, RemediationRows, Scanned } from "./write.ts";

type Line = { values: Record<string, unknown>; partition: string | null; uuid: string };

function* lines({ anomalies }: Scanned): Iterable<Line> {
  for (const { uuid, anomaly } of anomalies)
    for (const { record, partition, isOwn } of recordsOf(anomaly)) if (isOwn) yield { values: record, partition, uuid };
}

function* valuesOf(scanned: Scanned, field: string): Iterable<unknown> {
  for (const { values } of lines(scanned)) yield values[field];
}

/** Names of the source's fields as columns: unique without regard to case, and none that ours have. */
export const columnNames = (fields: readonly { name: string }[], ours: readonly Column[]): string[] => {
  const taken = new Set(ours.map(({ name }) => name));
  return fields.map(({ name }) => {
    let free = name;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
};

/** A masked field has `***MASKED***` for its values, which only text holds: the values decide, not the declared type alone. */
export const remediationOf = (scanned: Scanned, operation: EnrichmentOperation, prefix: string): RemediationRows => {
  const { report, id } = scanned;
  const names = columnNames(report.fields, REMEDIATION_COLUMNS);
  const fieldColumns: Column[] = report.fields.map(({ name, field_type, native_type }, i) => ({
    name: names[i]!,
    kind: kindOfValues(kindOfField(field_type, native_type), valuesOf(scanned, name)),
  }));
  return {
    table: `${remediationPrefix(prefix)}${id}`,
    strategy: operation.remediation === "overwrite" ? "overwrite" : "append",
    isEmpty: lines(scanned)[Symbol.iterator]().next().done === true,
    columns: [...fieldColumns, ...REMEDIATION_COLUMNS],
    rows: function* (): Iterable<readonly Wire[]> {
      for (const { values, partition, uuid } of lines(scanned)) {
        yield [...report.fields.map(({ name }) => wire(values[name])), wire(partition), uuid, operation.id];
      }
    },
  };
};
