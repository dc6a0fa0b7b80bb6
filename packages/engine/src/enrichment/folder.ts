/**
 * Enrichment tables as a folder of Parquet: `<folder>/<table>/<operation id>.parquet`. What is under way stands in
 * `<folder>/.touchstone/<prefix>/`: the lock, the staged files, the manifest (see commit.ts).
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { userError } from "@touchstone/core/errors";
import { extensionFolder, makeTempFolder } from "../connectors/defaults.ts";
import { duckdb } from "../dialects/duckdb.ts";
import { openSlot } from "../slot/slot.ts";
import type { Slot } from "../slot/slot.ts";
import { commit, makeFolder, recover } from "./commit.ts";
import type { Manifest } from "./commit.ts";
import { targetFailure } from "./failure.ts";
import { describeFiles, filesOf, nextColumns, rewriteFile, writeFile, writeReplacement } from "./folder-tables.ts";
import { withLock } from "./lock.ts";
import { replacing } from "./replacement.ts";
import type { Replacement } from "./replacement.ts";
import { REMEDIATION_COLUMNS, remediationPrefix, tableName, TABLES } from "./tables.ts";
import type { TableName } from "./tables.ts";
import type { EnrichmentTarget, TargetOptions, WriteOptions } from "./target.ts";
import type { EnrichmentWrite, RemediationRows, TableRows } from "./write.ts";

type Place = { folder: string; control: string; name: string; options: TargetOptions };

const openWriter = ({ folder, name, options }: Place): Promise<Slot> =>
  openSlot(
    {
      memory: options.memory,
      threads: options.threads,
      tempFolder: makeTempFolder(options.tempFolder),
      tempBytesMax: options.tempBytesMax,
      target: name,
      setup: [],
      allowedPaths: [],
      allowedDirectories: [folder],
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );

const withWriter = async (place: Place, work: (slot: Slot) => Promise<void>): Promise<void> => {
  const slot = await openWriter(place);
  try {
    await work(slot);
  } finally {
    await slot.close();
  }
};

/** Under the lock, with what a killed writer left brought to its end. Any failure is a UserError. */
const alone = async (place: Place, work: () => Promise<void>): Promise<void> => {
  try {
    await makeFolder(place.control);
    await withLock(join(place.control, "lock"), place.name, place.options.waitMs, async () => {
      await recover(place.folder, place.control);
      await work();
    });
  } catch (thrown) {
    throw targetFailure(thrown, place.name);
  }
};

/** Files staged so far, and what shall become of them. */
type Stage = { place: Place; slot: Slot; manifest: Manifest; options: WriteOptions };

const stagedPath = ({ place, manifest }: Stage, to: string): string => {
  const from = `${manifest.moves.length}.parquet`;
  manifest.moves.push({ from, to });
  return join(place.control, manifest.staging, from);
};

const stageTable = async (stage: Stage, rows: TableRows, columns: TableRows["columns"], stem: string): Promise<void> =>
  writeFile(stage.slot, stagedPath(stage, `${rows.table}/${stem}.parquet`), columns, rows, stage.options);

/** Name of the file that a write leaves in each table, without its ending. */
const stemOf = ({ operationId, part }: EnrichmentWrite): string => (part === null ? operationId : `${operationId}.${part.id}`);

const REMEDIATION_IDENTITY = REMEDIATION_COLUMNS.map(({ name }) => name);

/** Appending keeps the other operations' files, whose columns widen where the new rows need it; overwriting removes them. */
const stageRemediation = async (stage: Stage, rows: RemediationRows, stem: string): Promise<void> => {
  const { folder, name } = stage.place;
  const own = `${stem}.parquet`;
  const others = (await filesOf(folder, rows.table, name)).filter((file) => file !== own);
  if (rows.isEmpty && (rows.strategy === "append" || others.length === 0)) return;
  const pathOf = (file: string): string => join(folder, rows.table, file);
  const stored = others.length === 0 ? [] : await describeFiles(stage.slot, rows.table, others.map(pathOf), REMEDIATION_IDENTITY, name);
  if (rows.strategy === "overwrite" || others.length === 0) {
    stage.manifest.removals.push(...others.map((file) => `${rows.table}/${file}`));
    return stageTable(stage, rows, rows.columns, stem);
  }
  const { columns, widened } = nextColumns(stored, rows.columns);
  for (const file of widened.length > 0 ? others : []) {
    const staged = stagedPath(stage, `${rows.table}/${file}`);
    if (!(await rewriteFile(stage.slot, pathOf(file), staged, widened, stage.options))) stage.manifest.moves.pop();
  }
  await stageTable(stage, rows, columns, stem);
};

/** What an earlier run of the operation wrote and this one does not replace. */
const leftOvers = async ({ folder, name }: Place, write: EnrichmentWrite): Promise<string[]> => {
  const tables = (await readdir(folder)).filter((entry) => entry.startsWith(remediationPrefix(write.prefix)));
  const file = `${stemOf(write)}.parquet`;
  const found = await Promise.all(
    tables.map(async (table) => ((await filesOf(folder, table, name)).includes(file) ? [`${table}/${file}`] : [])),
  );
  return found.flat();
};

/** Has files staged, and commits them together. */
const staged = (place: Place, options: WriteOptions, work: (stage: Stage) => Promise<void>): Promise<void> =>
  alone(place, async () => {
    const staging = `staging-${randomBytes(4).toString("hex")}`;
    const manifest: Manifest = { version: 1, staging, removals: [], moves: [] };
    try {
      await mkdir(join(place.control, staging));
      await withWriter(place, (slot) => work({ place, slot, manifest, options }));
      if (options.signal?.aborted) throw userError("ABORTED");
    } catch (thrown) {
      await rm(join(place.control, staging), { recursive: true, force: true });
      throw thrown;
    }
    await commit(place.folder, place.control, manifest);
  });

const writeOperation = (place: Place, write: EnrichmentWrite, options: WriteOptions): Promise<void> =>
  staged(place, options, async (stage) => {
    stage.manifest.removals.push(...(await leftOvers(place, write)));
    await checkFiles(place, stage.slot, await firstFiles(place));
    for (const table of write.tables) await stageTable(stage, table, table.columns, stemOf(write));
    for (const table of write.remediation) await stageRemediation(stage, table, stemOf(write));
  });

/** One new file; those that other operations left are removed. */
const replaceTable = (place: Place, replacement: Replacement, options: WriteOptions): Promise<void> =>
  staged(place, options, async (stage) => {
    const { table, identity, operationId } = replacement;
    const files = await filesOf(place.folder, table, place.name);
    const paths = files.map((file) => join(place.folder, table, file));
    if (paths.length > 0) await describeFiles(stage.slot, table, paths, identity, place.name);
    stage.manifest.removals.push(...files.map((file) => `${table}/${file}`));
    await writeReplacement(stage.slot, stagedPath(stage, `${table}/${operationId}.parquet`), replacement, options);
  });

type FirstFile = { name: TableName; table: string; file: string };

/** One file of each table that exists; it stands for the table. Throws TARGET_TABLE_FOREIGN when something else has its name. */
const firstFiles = async ({ folder, name: target, options }: Place): Promise<FirstFile[]> => {
  const found: FirstFile[] = [];
  for (const name of Object.keys(TABLES) as TableName[]) {
    const table = tableName(options.prefix, name);
    const file = (await filesOf(folder, table, target)).at(0);
    if (file !== undefined) found.push({ name, table, file });
  }
  return found;
};

/** Throws TARGET_TABLE_FOREIGN when a file lacks the columns of its table. */
const checkFiles = async (place: Place, slot: Slot, files: readonly FirstFile[]): Promise<void> => {
  for (const { name, table, file } of files)
    await describeFiles(slot, table, [join(place.folder, table, file)], TABLES[name].identity, place.name);
};

const checkTables = async (place: Place): Promise<void> => {
  const files = await firstFiles(place);
  if (files.length > 0) await withWriter(place, (slot) => checkFiles(place, slot, files));
};

/** Opens a folder as a target, made when absent. Throws TARGET_READ_ONLY, TARGET_BUSY, TARGET_TABLE_FOREIGN. */
export const openFolderTarget = async (path: string, options: TargetOptions): Promise<EnrichmentTarget> => {
  const folder = resolve(path);
  const place: Place = { folder, control: join(folder, ".touchstone", options.prefix), name: path, options };
  await alone(place, () => checkTables(place));
  return {
    kind: "folder",
    name: path,
    prefix: options.prefix,
    write: (write, writing = {}) => writeOperation(place, write, writing),
    replace: (replacement, writing = {}) => replacing(replacement, (own) => replaceTable(place, own, writing)),
  };
};
