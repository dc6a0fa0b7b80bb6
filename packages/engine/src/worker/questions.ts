/** Questions: short, and somebody waits for the answer, which is sealed before it leaves (seal-answer.ts). */
import { toErrorInfo, userError, type ErrorInfo } from "@touchstone/core/errors";
import { parseExpression } from "@touchstone/core/expr/parse";
import type { QuestionSpec, WorkContainer } from "@touchstone/core/model/dataplane";
import { QUESTIONS, type Answered, type Asked, type QuestionKind } from "@touchstone/core/model/work";
import type { Anomaly } from "@touchstone/core/model/report";
import { readCheck } from "@touchstone/core/rules/read";
import type { Container } from "@touchstone/core/model/container";
import type { Datastore } from "../connectors/connector.ts";
import { renderExpr } from "../dialects/render.ts";
import { tableName } from "../enrichment/tables.ts";
import { dryRun } from "../operations/dry-run.ts";
import { MASK, shown } from "../scan/shown.ts";
import { openComputed } from "./computed.ts";
import { withContainer } from "./open-container.ts";
import type { EngineSettings, OpenedContainer } from "./operation.ts";
import { overlaid } from "./overlay.ts";
import { openDatastore, openEnrichmentTable, prefixOf, reachOfConnection } from "./reach.ts";
import { lookingHome, withReferences, type References } from "./references.ts";

type Answering = { spec: QuestionSpec; settings: EngineSettings; signal: AbortSignal };

/** A container nobody has told the control plane of yet is looked at as it is. */
const unknown = (name: string): WorkContainer => ({
  id: 0,
  name,
  container_type: "table",
  definition: {},
  settings: {},
  fields: [],
  checks: [],
  checkpoint: null,
  history: {},
  variables: {},
  open_keys: [],
  references: [],
});

/** The datastore that is asked about, and the others that the question needs. */
const withPlaces = <T>(answering: Answering, work: (datastore: Datastore, others: References) => Promise<T>): Promise<T> => {
  const { spec, settings, signal } = answering;
  const wanted = [...spec.references, ...(spec.container?.references ?? [])];
  return withDatastore(answering, (datastore) => withReferences(wanted, settings, signal, (others) => work(datastore, others)));
};

const withDatastore = async <T>({ spec, settings, signal }: Answering, work: (datastore: Datastore) => Promise<T>): Promise<T> => {
  const datastore = await openDatastore(spec.datastore, { ...settings, signal });
  try {
    return await work(datastore);
  } finally {
    await datastore.close();
  }
};

const test = (answering: Answering): Promise<Answered<"test">> => {
  const spec = { ...answering.spec, datastore: reachOfConnection(answering.spec.datastore) };
  return withDatastore({ ...answering, spec }, async () => ({ connected: true, error: null }));
};

const validate = (answering: Answering, asked: Asked<"validate">): Promise<Answered<"validate">> =>
  withPlaces(answering, async (opened, others) => {
    const { spec, settings, signal } = answering;
    const datastore = await overlaid(opened, spec.masked, signal);
    const { container, close } = await openComputed({ datastore, others, settings }, asked, { signal });
    await close();
    const fields = container.fields.map(({ name, field_type, native_type }) => ({ name, field_type, native_type }));
    return { error: null, fields };
  });

/** SQL of the first rows for which a condition holds. */
const firstRows = (datastore: Datastore, container: Container, from: string, where: string | null, rowsMax: number): string => {
  const { dialect } = datastore.session;
  const now = new Date().toISOString();
  // A masked field takes no part, not even in the condition: who may ask whether it is 17 may ask until it is known.
  const visible = container.fields.filter(({ masked }) => !masked);
  const condition =
    where === null || where.trim() === ""
      ? ""
      : `WHERE ${renderExpr(parseExpression(where, { fields: visible, container: container.name, expect: "Boolean" }), { dialect, now })}`;
  const columns = visible.map(({ name }) => dialect.quote(name));
  return `SELECT ${columns.length === 0 ? "1 AS nothing" : columns.join(", ")} FROM ${from} ${condition} LIMIT ${rowsMax + 1}`;
};

const preview = (answering: Answering, asked: Asked<"preview">): Promise<Answered<"preview">> =>
  withPlaces(answering, async (opened, others) => {
    const { spec, settings, signal } = answering;
    const masks = [...spec.masked, { container: asked.container, fields: asked.masked }];
    const datastore = await overlaid(opened, masks, signal);
    const known = spec.container ?? unknown(asked.container);
    return withContainer({ datastore, others, settings }, known, { signal }, (one) => previewOf(one, asked, signal));
  });

const previewOf = async (
  { datastore, container, relation }: OpenedContainer,
  asked: Asked<"preview">,
  signal: AbortSignal,
): Promise<Answered<"preview">> => {
  const visible = {
    ...container,
    fields: container.fields.map((field) => (asked.masked.includes(field.name) ? { ...field, masked: true } : field)),
  };
  const rows = await datastore.session.query(firstRows(datastore, visible, relation.from, asked.where, asked.rows_max), { signal });
  return {
    error: null,
    fields: visible.fields.map(({ name }) => name),
    rows: rows.slice(0, asked.rows_max).map((row) => visible.fields.map(({ name, masked }) => (masked ? MASK : shown(row[name] ?? null)))),
    truncated: rows.length > asked.rows_max,
  };
};

/** More than any container has. */
const ALL_ROWS = 1e12;

const NO_ROWS: Answered<"dry_run">["examples"] = { fields: [], rows: [], truncated: false };

/** Records of anomalies as a table: those of record anomalies, and the examples of the others. */
const examplesOf = (anomalies: readonly Anomaly[], fields: readonly string[]): Answered<"dry_run">["examples"] => {
  const records = anomalies.flatMap(({ record, examples }) => [...(record === null ? [] : [record]), ...examples.map((one) => one.record)]);
  const extra = [...new Set(records.flatMap(Object.keys))].filter((name) => !fields.includes(name));
  const names = [...fields, ...extra];
  const shownOnes = records.map((record) => names.map((name) => record[name] ?? null));
  const anomalous = anomalies.reduce((sum, { anomalous_records }) => sum + anomalous_records, 0);
  return { fields: names, rows: shownOnes, truncated: anomalous > records.length };
};

const tryCheck = (answering: Answering, asked: Asked<"dry_run">): Promise<Answered<"dry_run">> =>
  withPlaces(answering, async (opened, others) => {
    const { spec, settings, signal } = answering;
    const check = readCheck(asked.check);
    const datastore = await overlaid(opened, [...spec.masked, { container: check.container, fields: asked.masked }], signal);
    const known = spec.container ?? unknown(check.container);
    const sampleRows = asked.rows_max ?? ALL_ROWS;
    return withContainer({ datastore, others, settings }, known, { signal, sampleRows }, async (one) => {
      const isHome = one.datastore === datastore;
      const [tried] = isHome ? [check] : lookingHome([check], spec.datastore.name);
      const references = isHome ? others : { ...others, [spec.datastore.name]: datastore };
      const options = { variables: asked.variables, signal, sampleRows, references };
      const { check: result, anomalies } = await dryRun(only(one), { ...tried!, status: "Active" }, options);
      const { status, asserted_records, anomalous_records, message, error } = result;
      const names = one.container.fields.map(({ name }) => name);
      return { error, status, asserted_records, anomalous_records, message, examples: examplesOf(anomalies, names) };
    });
  });

/** The dry run finds the container by its name: it is given this one, open, as people have decided it is. */
const only = ({ datastore, container, relation, rejected }: OpenedContainer): Datastore => ({
  ...datastore,
  sync: async () => {
    const catalog = await datastore.sync();
    return { ...catalog, containers: [container, ...catalog.containers.filter(({ name }) => name !== container.name)] };
  },
  open: (one, during) => (one.name === container.name ? Promise.resolve({ relation, rejected }) : datastore.open(one, during)),
});

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const asRecord = (value: unknown): Record<string, unknown> => {
  const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
  return parsed !== null && typeof parsed === "object" ? { ...parsed } : { value: parsed };
};

const sourceRecords = async (
  { spec, settings, signal }: Answering,
  asked: Asked<"source_records">,
): Promise<Answered<"source_records">> => {
  if (spec.enrichment === null) throw userError("OBJECT_UNKNOWN", "enrichment datastore of", spec.datastore.name);
  const table = tableName(asked.prefix === "" ? prefixOf(spec.enrichment, spec.datastore.name) : asked.prefix, "source_records");
  const datastore = await openEnrichmentTable(spec.enrichment, table, { ...settings, signal });
  try {
    const { containers } = await datastore.sync({ signal });
    const container = containers.find(({ name }) => name === table) ?? containers[0];
    if (container === undefined) return { error: null, ...NO_ROWS };
    const { relation } = await datastore.open(container, { signal });
    const rows = await datastore.session.query(
      `SELECT record FROM ${relation.from} WHERE anomaly_uuid = ${text(asked.anomaly_uuid)} LIMIT ${asked.rows_max + 1}`,
      { signal },
    );
    const records = rows.slice(0, asked.rows_max).map((row) => asRecord(row["record"]));
    const fields = [...new Set(records.flatMap(Object.keys))];
    return {
      error: null,
      fields,
      rows: records.map((record) => fields.map((name) => record[name] ?? null)),
      truncated: rows.length > asked.rows_max,
    };
  } finally {
    await datastore.close();
  }
};

/** The answer that says why there is none. */
const failed = (kind: QuestionKind, error: ErrorInfo): Answered<QuestionKind> => {
  switch (kind) {
    case "test":
      return { connected: false, error };
    case "validate":
      return { error, fields: [] };
    case "dry_run":
      return { error, status: null, asserted_records: null, anomalous_records: null, message: null, examples: NO_ROWS };
    default:
      return { error, ...NO_ROWS };
  }
};

const isKind = (kind: string): kind is QuestionKind => Object.hasOwn(QUESTIONS, kind);

const answerTo = async (kind: QuestionKind, answering: Answering): Promise<Answered<QuestionKind>> => {
  const { asked } = answering.spec;
  switch (kind) {
    case "test":
      return test(answering);
    case "validate":
      return validate(answering, QUESTIONS.validate.asked.parse(asked));
    case "preview":
      return preview(answering, QUESTIONS.preview.asked.parse(asked));
    case "dry_run":
      return tryCheck(answering, QUESTIONS.dry_run.asked.parse(asked));
    case "source_records":
      return sourceRecords(answering, QUESTIONS.source_records.asked.parse(asked));
  }
};

/** Answers a question; a failure is an answer, too. Throws only when it is not to be answered any more, or is of an unknown kind. */
export const answerQuestion = async (spec: QuestionSpec, settings: EngineSettings, signal: AbortSignal): Promise<unknown> => {
  if (!isKind(spec.question))
    throw userError("NOT_SUPPORTED", `the question ${spec.question}`, "this dataplane", "it is older than the control plane");
  try {
    return await answerTo(spec.question, { spec, settings, signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return failed(spec.question, toErrorInfo(thrown));
  }
};
