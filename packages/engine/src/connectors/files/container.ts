/** A container of files: from its members to a catalogue entry and to rows the engine can read. */
import type { Container } from "@touchstone/core/model/container";
import { Field } from "@touchstone/core/model/field";
import { duckdb } from "../../dialects/duckdb.ts";
import type { QueryOptions, Relation, Session } from "../connector.ts";
import { fieldOf } from "../duckdb/expose.ts";
import { delimitedColumns, delimitedPiece, noFindings, removeTemporary } from "./delimited.ts";
import type { DelimitedMember, Findings } from "./delimited.ts";
import type { Group } from "./group.ts";
import { countingFields, guessIncrementalField } from "./incremental.ts";
import { jsonColumns, jsonLeaves, jsonPiece } from "./json.ts";
import type { JsonMember } from "./json.ts";
import { NATIVE, guessOf, settled } from "./kinds.ts";
import type { SourceFile } from "./locate.ts";
import { HIVE_NULL, parquetContainer } from "./parquet.ts";
import type { ParquetMember } from "./parquet.ts";
import { stage, text } from "./stage.ts";
import type { FailedPiece, Piece, StageColumn, StagedTable } from "./stage.ts";
import { createView, dropView } from "./view.ts";
import type { ViewPlan } from "./view.ts";

export type Member = DelimitedMember | JsonMember | ParquetMember;

/** What preparing needs from the datastore. */
export type Workshop = { session: Session; tempFolder: string; zone: string; nextTable: () => string };

/** A container as the connector keeps it. `relation` is null while its rows are not staged. */
export type Prepared = {
  container: Container;
  group: Group<Member>;
  relation: Relation | null;
  /** Staged table to drop on release; null for files read in place. */
  table: string | null;
  rejected: Findings["rejected"];
  notes: string[];
  /** Files of the group that could not be read. */
  failures: FailedPiece[];
  bytes: number;
};

type TextMember = DelimitedMember | JsonMember;
const isParquet = (member: Member): member is ParquetMember => "records" in member;
const isDelimited = (member: Member): member is DelimitedMember => "shape" in member;
const isText = (member: Member): member is TextMember => !isParquet(member);
const isJson = (member: Member): member is JsonMember => "leaves" in member;

/** Folders `key=value` as columns, typed by all values; a key that is also a field of the files is left to the files. */
const hiveColumns = (members: readonly TextMember[], fields: readonly StageColumn[]): { column: StageColumn; index: number }[] =>
  (members[0]?.file.hive ?? []).flatMap(([key], index) => {
    if (fields.some((field) => field.name.toLowerCase() === key.toLowerCase())) return [];
    const values = members.map(({ file }) => file.hive[index]?.[1] ?? HIVE_NULL);
    const kind = settled(guessOf(values.filter((value) => value !== HIVE_NULL)));
    return [{ column: { name: key, kind, element: null, mayBecome: [] }, index }];
  });

const withHive = (piece: Piece, file: SourceFile, hive: readonly { index: number }[]): Piece => {
  const literals = hive.map(({ index }) => {
    const value = file.hive[index]?.[1] ?? HIVE_NULL;
    return value === HIVE_NULL ? "CAST(NULL AS VARCHAR)" : text(value);
  });
  const { recover } = piece;
  return {
    ...piece,
    texts: [...piece.texts, ...literals],
    recover: recover === null ? null : async (signal) => withHive(await recover(signal), file, hive),
  };
};

type TextPlan = { columns: StageColumn[]; pieces: { file: SourceFile; make: () => Promise<Piece> }[] };

const planText = (workshop: Workshop, members: readonly TextMember[], findings: Findings, signal: AbortSignal | undefined): TextPlan => {
  const delimited = members.filter(isDelimited);
  const json = members.filter(isJson);
  const leaves = jsonLeaves(json);
  const own = delimited.length > 0 ? delimitedColumns(delimited) : jsonColumns(leaves);
  const hive = hiveColumns(members, own);
  const pieces = members.map((member) => ({
    file: member.file,
    make: async () =>
      withHive(
        isDelimited(member)
          ? await delimitedPiece(member, own, findings, workshop.tempFolder, signal)
          : jsonPiece(member, leaves, findings),
        member.file,
        hive,
      ),
  }));
  return { columns: [...own, ...hive.map(({ column }) => column)], pieces };
};

const fieldsOf = (columns: readonly StageColumn[]): Field[] =>
  columns.map((column) => {
    const native = column.element === null ? NATIVE[column.kind] : `${NATIVE[column.element]}[]`;
    return Field.parse({ name: column.name, native_type: native, type_declared: false, ...duckdb.fieldType(native) });
  });

/** Where a record stands: its own number if the file was rewritten, else its place behind the first of its file. */
const stagedView = (container: string, table: string, staged: StagedTable): ViewPlan => ({
  container,
  columns: staged.columns.map((column, i) => ({ name: column.name, sql: `c${i}` })),
  from: table,
  rowId: "rowid",
  rowNumber: `coalesce("record", rowid - "first" + 1)`,
  partition: staged.pieces > 1 ? `"partition"` : null,
  records: staged.records,
});

/** Whether a field's values only grow from record to record. */
const onlyGrows = async (session: Session, table: string, index: number): Promise<boolean> => {
  const sql = `SELECT count(*) FILTER (value <= before) AS falls, count(*) AS rows, count(value) AS filled FROM (SELECT c${index} AS value, lag(c${index}) OVER () AS before FROM ${table})`;
  const [row] = await session.query(sql);
  return Number(row?.["falls"]) === 0 && Number(row?.["rows"]) > 1 && row?.["filled"] === row?.["rows"];
};

const incrementalField = async (session: Session, table: string | null, fields: readonly Field[]): Promise<string | null> => {
  const byName = guessIncrementalField(fields);
  if (byName !== null || table === null) return byName;
  const [counting] = countingFields(fields);
  if (counting === undefined) return null;
  const index = fields.findIndex((field) => field.name === counting);
  return (await onlyGrows(session, table, index)) ? counting : null;
};

const latest = (times: readonly (string | null)[]): string | null =>
  times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);

const containerOf = (
  name: string,
  members: readonly Member[],
  fields: Field[],
  rejectedLines: number,
  incremental: string | null,
): Container => ({
  name,
  kind: "file",
  fields,
  keys: [],
  partitions: members.map(({ file }) => ({ name: file.shown, bytes: file.bytes, modified_at: file.modifiedAt })),
  incremental_field: incremental,
  partition_field: members[0]?.file.hive[0]?.[0] ?? null,
  rejected_lines: rejectedLines,
  modified_at: latest(members.map(({ file }) => file.modifiedAt)),
});

/** Pieces that can be had; a file that cannot be read is set aside as long as another can. */
const makePieces = async (plan: TextPlan): Promise<{ pieces: Piece[]; failures: Prepared["failures"] }> => {
  const pieces: Piece[] = [];
  const failures: Prepared["failures"] = [];
  for (const { file, make } of plan.pieces) {
    try {
      pieces.push(await make());
    } catch (thrown) {
      failures.push({ partition: file.shown, thrown });
    }
  }
  const [failed] = failures;
  if (pieces.length === 0 && failed !== undefined) throw failed.thrown;
  return { pieces, failures };
};

const bytesOf = (group: Group<Member>): number => group.members.reduce((sum, { file }) => sum + (file.bytes ?? 0), 0);

const prepareText = async (workshop: Workshop, group: Group<Member>, carried: Findings, options: QueryOptions): Promise<Prepared> => {
  const members = group.members.filter(isText);
  const findings = {
    ...noFindings(),
    notes: new Set(carried.notes),
    rejected: { ...carried.rejected, examples: [...carried.rejected.examples] },
  };
  const plan = planText(workshop, members, findings, options.signal);
  const table = workshop.nextTable();
  try {
    const { pieces, failures } = await makePieces(plan);
    const staged = await stage({ session: workshop.session, table, zone: workshop.zone, signal: options.signal }, plan.columns, pieces);
    const relation = await createView(workshop.session, stagedView(group.name, table, staged));
    const fields = fieldsOf(staged.columns);
    const incremental = await incrementalField(workshop.session, table, fields);
    const failed = [...failures, ...staged.failed];
    const read = group.members.filter(({ file }) => failed.every(({ partition }) => partition !== file.shown));
    const container = containerOf(group.name, read, fields, findings.rejected.count, incremental);
    return {
      container,
      group,
      relation,
      table,
      rejected: findings.rejected,
      notes: [...findings.notes],
      failures: failed,
      bytes: bytesOf(group),
    };
  } catch (thrown) {
    await workshop.session.run(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined); // the first failure is the one to tell
    throw thrown;
  } finally {
    removeTemporary(findings);
  }
};

const prepareParquet = async (workshop: Workshop, group: Group<Member>, options: QueryOptions): Promise<Prepared> => {
  const members = group.members.filter(isParquet);
  const { columns, plan } = await parquetContainer(workshop.session, group.name, members, workshop.zone, workshop.nextTable(), options);
  const relation = await createView(workshop.session, plan);
  const fields = columns.map((column) => fieldOf(column));
  const container = containerOf(group.name, members, fields, 0, await incrementalField(workshop.session, null, fields));
  return { container, group, relation, table: null, rejected: { count: 0, examples: [] }, notes: [], failures: [], bytes: bytesOf(group) };
};

/** Makes a group readable. `carried` are findings of the inspection of its files. */
export const prepare = (workshop: Workshop, group: Group<Member>, carried: Findings, options: QueryOptions = {}): Promise<Prepared> =>
  group.members.every(isParquet) ? prepareParquet(workshop, group, options) : prepareText(workshop, group, carried, options);

/** Forgets staged rows; the catalogue entry stays. */
export const unstage = async (workshop: Workshop, prepared: Prepared): Promise<void> => {
  if (prepared.table === null) return;
  await dropView(workshop.session, prepared.container.name);
  await workshop.session.run(`DROP TABLE IF EXISTS ${prepared.table}`);
  prepared.relation = null;
  prepared.table = null;
};
