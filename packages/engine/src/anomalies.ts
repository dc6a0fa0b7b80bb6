/**
 * From failing rows and results to anomalies. A row that breaks several checks is one record anomaly; past the cap of a
 * check the rest of its rows are one shape anomaly; everything that is not about single rows is a shape anomaly. Pure.
 */
import { hash } from "node:crypto";
import type { Field } from "@touchstone/core/model/field";
import type { Anomaly, CheckResult, ExampleRecord, FailedCheck } from "@touchstone/core/model/report";
import type { Cell } from "@touchstone/core/rules/rule";
import { canonical, MASK, shown } from "./scan/shown.ts";
import { failingRow, rolledUp } from "./scan/words.ts";
import { isRowTask } from "./scan/task.ts";
import type { Task } from "./scan/task.ts";

/** A row fetched as evidence. There may be hundreds of thousands, so what rows have in common they share. */
export type CapturedRow = {
  /** Identity within the source, where it has one. */
  id: bigint | null;
  /** 1-based number within the partition, where the source has an order. */
  row: number | null;
  partition: string | null;
  /** Its values in the order of the fields; of masked ones only a digest. */
  cells: readonly Cell[];
  /** Checks the row is known to break. */
  uids: ReadonlySet<string>;
};

/** What is to be known of a field to read a row. */
export type RowField = Pick<Field, "name" | "masked">;

export type AnomalyOptions = {
  /** Record anomalies per check before the rest roll up. */
  recordsMax: number;
  /** Example rows of a shape anomaly. */
  examplesMax: number;
  /** All fields, in order. */
  fields: readonly RowField[];
  /** Fields that identify a row where the source declares a key; else all fields do. */
  keyFields: readonly string[] | null;
  /** What was looked at: full or slice, and whether only a sample. Part of a shape anomaly's identity. */
  scope: string;
};

export type Findings = {
  tasks: readonly Task[];
  results: ReadonlyMap<string, CheckResult>;
  /** Failing rows of row checks. */
  rows: readonly CapturedRow[];
  /** Rows behind failed checks of sets: members of duplicate groups, differing rows. */
  examples: ReadonlyMap<string, readonly ExampleRecord[]>;
};

/** All anomalies of a container, records in the order of the source, then shapes by check. */
export const anomaliesOf = (findings: Findings, options: AnomalyOptions): Anomaly[] => {
  const failed = new Map(
    findings.tasks.filter(({ uid }) => findings.results.get(uid)?.status === "failed").map((task) => [task.uid, task]),
  );
  const rows = [...findings.rows].sort(bySourceOrder);
  const byRecord = new Map([...failed].filter(([, task]) => isRowTask(task) && isOneByOne(task)));
  const picked = pick(rows, byRecord, options.recordsMax);
  const records = picked.map(recordAnomalies(byRecord, options));
  const shownOf = rowsByUid(picked);
  const pickedRows = new Set(picked);
  const others = rowsByUid(rows.filter((row) => !pickedRows.has(row)));
  const shapes = [...failed.values()]
    .sort((a, b) => (a.uid < b.uid ? -1 : 1))
    .flatMap((task) => {
      const result = findings.results.get(task.uid)!;
      const shownOnes = byRecord.has(task.uid) ? (shownOf.get(task.uid)?.length ?? 0) : 0;
      const rest = (result.anomalous_records ?? 0) - shownOnes;
      if (byRecord.has(task.uid) && rest <= 0) return [];
      const own = () => (others.get(task.uid) ?? []).slice(0, options.examplesMax).map((row) => exampleOf(row, options.fields));
      const examples = isRowTask(task) ? own() : (findings.examples.get(task.uid) ?? []).slice(0, options.examplesMax);
      return [shapeAnomaly(task, result, shownOnes, examples, options)];
    });
  return [...distinguish(records), ...shapes];
};

/** With full coverage each failing row is a finding; below it, the share is. */
export const isOneByOne = ({ coverage }: Task): boolean => coverage === null || coverage === 1;

const bySourceOrder = (a: CapturedRow, b: CapturedRow): number => {
  if (a.id !== null && b.id !== null) return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  const [left, right] = [a.partition ?? "", b.partition ?? ""];
  return left < right ? -1 : left > right ? 1 : (a.row ?? 0) - (b.row ?? 0);
};

/** Rows that are among the first `max` of one of their checks at least. */
const pick = (rows: readonly CapturedRow[], tasks: ReadonlyMap<string, Task>, max: number): CapturedRow[] => {
  const seen = new Map<string, number>();
  return rows.filter((row) => {
    let wanted = false;
    for (const uid of row.uids) {
      if (!tasks.has(uid)) continue;
      const before = seen.get(uid) ?? 0;
      seen.set(uid, before + 1);
      wanted ||= before < max;
    }
    return wanted;
  });
};

const rowsByUid = (rows: readonly CapturedRow[]): Map<string, CapturedRow[]> => {
  const byUid = new Map<string, CapturedRow[]>();
  for (const row of rows)
    for (const uid of row.uids) {
      const same = byUid.get(uid);
      if (same) same.push(row);
      else byUid.set(uid, [row]);
    }
  return byUid;
};

/** Makes the anomaly of a row. What depends on the checks it breaks alone is worked out once for all rows that break the same. */
const recordAnomalies = (byRecord: ReadonlyMap<string, Task>, options: AnomalyOptions): ((row: CapturedRow) => Anomaly) => {
  const places = new Map(options.fields.flatMap(({ name, masked }, place) => (masked ? [] : [[name, place] as const])));
  const identityOf = identifier(options);
  const brokenBy = remembered((uids: ReadonlySet<string>) => {
    const tasks = [...uids].sort().flatMap((uid) => byRecord.get(uid) ?? []);
    return { tasks, uids: tasks.map(({ uid }) => uid).join("\n"), fields: unique(tasks.flatMap(({ fields }) => fields)) };
  });
  const recordOf = recordMaker(options.fields);
  return (row) => {
    const { tasks, uids, fields } = brokenBy(row.uids);
    const value = (name: string): Cell | undefined => {
      const place = places.get(name);
      return place === undefined ? undefined : row.cells[place];
    };
    const failed_checks = tasks.map((task) => failedCheck(task, rowMessage(task, value)));
    return {
      type: "record",
      fingerprint: fingerprint(`record\n${uids}\n${identityOf(row)}`),
      message: unique(failed_checks.map(({ message }) => message)).join(". "),
      fields,
      row: row.row,
      partition: row.partition,
      failed_checks,
      record: recordOf(row),
      anomalous_records: 1,
      examples: [],
    };
  };
};

const remembered = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new WeakMap<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
};

/** The value of the field the check names for it, else a sentence with the offending values. */
const rowMessage = (task: Task, value: (name: string) => Cell | undefined): string => {
  const custom = task.check.anomaly_message_field === null ? null : value(task.check.anomaly_message_field);
  return typeof custom === "string" && custom !== "" ? custom : failingRow(task, value);
};

const shapeAnomaly = (
  task: Task,
  result: CheckResult,
  shownOnes: number,
  examples: ExampleRecord[],
  { scope }: AnomalyOptions,
): Anomaly => {
  const anomalous = result.anomalous_records ?? 0;
  const message = shownOnes > 0 ? rolledUp(task, result.asserted_records ?? 0, anomalous, shownOnes) : (result.message ?? "");
  return {
    type: "shape",
    fingerprint: fingerprint(["shape", task.uid, task.check.filter ?? "", scope].join("\n")),
    message,
    fields: [...task.fields],
    row: null,
    partition: null,
    failed_checks: [failedCheck(task, message)],
    record: null,
    anomalous_records: anomalous - shownOnes,
    examples,
  };
};

const failedCheck = ({ uid, check, fields }: Task, message: string): FailedCheck => ({
  uid,
  rule_type: check.rule_type,
  fields: [...fields],
  message,
});

export const exampleOf = (row: CapturedRow, fields: readonly RowField[]): ExampleRecord => ({
  row: row.row,
  partition: row.partition,
  record: recordMaker(fields)(row),
});

/** Makes the record of a row. Copies of one empty record are alike to the engine, which is quicker than naming the fields anew. */
const recordMaker = (fields: readonly RowField[]): ((row: CapturedRow) => Record<string, unknown>) => {
  const empty: Record<string, unknown> = Object.fromEntries(fields.map(({ name }) => [name, null]));
  return ({ cells }) => {
    const record = { ...empty };
    fields.forEach(({ name, masked }, place) => (record[name] = masked ? MASK : shown(cells[place] ?? null)));
    return record;
  };
};

/** Says in one text which row it is: by the values of its declared key when it is complete, else by all of them. */
const identifier = ({ keyFields, fields }: AnomalyOptions): ((row: CapturedRow) => string) => {
  const terms = fields.map(({ name, masked }, place) => ({ name, place, masked, label: `${JSON.stringify(name)}=` }));
  const keyTerms = keyFields?.map((name) => terms.find((term) => term.name === name));
  return ({ cells }) => {
    const key = keyTerms?.flatMap((term) => (term !== undefined && (cells[term.place] ?? null) !== null ? [term] : []));
    const own = key !== undefined && key.length === keyTerms?.length ? key : terms;
    const text = ({ place, masked, label }: (typeof terms)[number]): string =>
      `${label}${masked ? `#${String(cells[place] ?? null)}` : canonical(cells[place] ?? null)}`;
    return own.map(text).join("\n");
  };
};

/** Hexadecimal digits of a fingerprint: 128 bits, so that two findings never share one by chance. */
const FINGERPRINT_DIGITS = 32;

const fingerprint = (text: string): string => hash("sha256", text, "hex").slice(0, FINGERPRINT_DIGITS);

/** Rows equal in every value stay apart findings: the second and later carry their occurrence in the fingerprint. */
const distinguish = (anomalies: readonly Anomaly[]): Anomaly[] => {
  const seen = new Map<string, number>();
  return anomalies.map((anomaly) => {
    const occurrence = (seen.get(anomaly.fingerprint) ?? 0) + 1;
    seen.set(anomaly.fingerprint, occurrence);
    return occurrence === 1 ? anomaly : { ...anomaly, fingerprint: fingerprint(`${anomaly.fingerprint}\n${occurrence}`) };
  });
};

const unique = (names: readonly string[]): string[] => (names.length > 1 ? [...new Set(names)] : [...names]);
