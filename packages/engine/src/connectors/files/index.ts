/**
 * Files as a datastore. Text formats (CSV and its kin, JSON) are staged: parsed once into a table of the engine.
 * Parquet is read in place. Files of one shape are one container (group.ts).
 */
import { resolve } from "node:path";
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import { nearestName } from "@touchstone/core/expr/nearest";
import { duckdb } from "../../dialects/duckdb.ts";
import { openSlot } from "../../slot/slot.ts";
import type { Slot } from "../../slot/slot.ts";
import type { Catalog, ConnectOptions, Datastore, OpenOptions, QueryOptions, Relation, Session } from "../connector.ts";
import { extensionFolder, makeTempFolder } from "../defaults.ts";
import { prepare, unstage } from "./container.ts";
import type { Member, Prepared, Workshop } from "./container.ts";
import { inspectDelimited, noFindings } from "./delimited.ts";
import type { Findings } from "./delimited.ts";
import { grouped } from "./group.ts";
import { inspectJson } from "./json.ts";
import { locate } from "./locate.ts";
import type { SourceFile } from "./locate.ts";
import { inspectParquet } from "./parquet.ts";
import { locateRemote, parseRemote, remotePrefix, remoteSetup } from "./remote.ts";
import type { RemoteSource } from "./remote.ts";
import { asDelimited } from "./spreadsheet.ts";
import { viewOfQuery } from "../duckdb/query-view.ts";
import { sampled } from "./sample.ts";
import { VIEW_SCHEMA } from "./view.ts";

/** Staged rows are kept from sync to open up to this size of their files; larger sources are staged again when opened. */
const KEPT_BYTES_MAX = 1024 ** 3;
/** Text below this size is staged in memory (twice as fast to write: 200 MB in 1.1 s against 2.5 s), above in a file of the temp folder. */
const MEMORY_BYTES_MAX = 256 * 1024 ** 2;
/** What compressed text, also that of a spreadsheet, is taken to grow to. */
const INFLATION = 5;

const STAGE = "staged";

const textBytes = (files: readonly SourceFile[]): number =>
  files
    .filter((file) => file.format !== "parquet")
    .reduce((sum, file) => sum + (file.bytes ?? 0) * (file.compression === "none" && file.format !== "spreadsheet" ? 1 : INFLATION), 0);

const attachStage = (sources: Sources, tempFolder: string): string => {
  const small = sources.remote.length === 0 && textBytes(sources.files) <= MEMORY_BYTES_MAX;
  const where = small ? ":memory:" : resolve(tempFolder, "staged.duckdb").replaceAll("'", "''");
  return `ATTACH '${where}' AS ${STAGE}`;
};

/** What was named: files that are there, and URLs that only the engine can look behind. */
type Sources = { shown: string; files: readonly SourceFile[]; remote: readonly RemoteSource[] };

const openEngine = (sources: Sources, options: ConnectOptions, tempFolder: string): Promise<Slot> =>
  openSlot(
    {
      memory: options.memory,
      threads: options.threads,
      tempFolder,
      tempBytesMax: options.tempBytesMax,
      target: sources.shown,
      setup: [...remoteSetup(sources.remote, options.environment), attachStage(sources, tempFolder), `CREATE SCHEMA ${VIEW_SCHEMA}`],
      allowedPaths: [...sources.files.map((file) => file.path), ...sources.remote.map((source) => source.url)],
      allowedDirectories: sources.remote.map(remotePrefix),
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );

type Store = {
  slot: Slot;
  workshop: Workshop;
  files: readonly SourceFile[];
  /** Containers by name, once sync has found them. */
  prepared: Map<string, Prepared> | null;
  /** What looking at a file brought to light, to be told of its container. */
  findings: Map<SourceFile, Findings>;
  /** Tables of samples by container. */
  samples: Map<string, string>;
};

const inspect = async (store: Store, file: SourceFile, options: QueryOptions): Promise<Member> => {
  const { session, tempFolder } = store.workshop;
  if (file.format === "parquet") return inspectParquet(session, file, options);
  if (file.format === "delimited") return inspectDelimited(file);
  if (file.format === "spreadsheet") return inspectDelimited(await asDelimited(file, tempFolder, options));
  const findings = noFindings();
  store.findings.set(file, findings);
  return inspectJson(session, file, tempFolder, findings, options);
};

/**
 * Another engine in the place of a dead one. What that one held is gone: every container is staged again when it is opened.
 * Called where a container begins, never in the middle of its work.
 */
const revived = async (store: Store): Promise<void> => {
  if (!(await store.slot.revive())) return;
  store.samples.clear();
  for (const one of store.prepared?.values() ?? []) {
    one.relation = null;
    one.table = null;
  }
};

const inspectAll = async (store: Store, catalog: Catalog, options: QueryOptions): Promise<Member[]> => {
  const members: Member[] = [];
  for (const file of store.files) {
    if (options.signal?.aborted) throw userError("ABORTED");
    try {
      members.push(await inspect(store, file, options));
    } catch (thrown) {
      catalog.failures.push({ name: file.shown, error: await told(store, thrown) });
    }
  }
  return members;
};

/** A failure to report; one that ends all work is thrown on. The next part meets a living engine. */
const told = async (store: Store, thrown: unknown): Promise<Catalog["failures"][number]["error"]> => {
  const error = toErrorInfo(thrown);
  if (error.code === "ABORTED" || error.code === "DISK_FULL") throw thrown;
  if (error.code === "ENGINE_DIED") await revived(store);
  return error;
};

const carriedFindings = (store: Store, members: readonly Member[]): Findings => {
  const all = noFindings();
  for (const { file } of members) {
    const found = store.findings.get(file);
    if (found === undefined) continue;
    all.rejected.count += found.rejected.count;
    all.rejected.examples.push(...found.rejected.examples);
    for (const note of found.notes) all.notes.add(note);
  }
  return all;
};

const sync = async (store: Store, options: QueryOptions): Promise<Catalog> => {
  await revived(store);
  const catalog: Catalog = { containers: [], failures: [], notes: [] };
  const members = await inspectAll(store, catalog, options);
  const prepared = new Map<string, Prepared>();
  store.prepared = prepared;
  let keptBytes = 0;
  for (const group of grouped(members)) {
    try {
      const one = await prepare(store.workshop, group, carriedFindings(store, group.members), options);
      if (one.container.fields.length === 0) throw userError("SOURCE_EMPTY", group.name);
      prepared.set(group.name, one);
      catalog.containers.push(one.container);
      catalog.notes.push(...one.notes.map((note) => ({ container: group.name, text: note })));
      for (const { partition, thrown } of one.failures) catalog.failures.push({ name: partition, error: await told(store, thrown) });
      keptBytes += one.table === null ? 0 : one.bytes;
      if (keptBytes > KEPT_BYTES_MAX) await unstage(store.workshop, one);
    } catch (thrown) {
      catalog.failures.push({ name: group.name, error: await told(store, thrown) });
    }
  }
  return catalog;
};

const restaged = async (store: Store, one: Prepared, options: QueryOptions): Promise<Prepared> => {
  const again = await prepare(store.workshop, one.group, carriedFindings(store, one.group.members), options);
  store.prepared?.set(again.container.name, again);
  return again;
};

const open = async (store: Store, container: Container, options: OpenOptions): ReturnType<Datastore["open"]> => {
  await revived(store);
  if (store.prepared === null) await sync(store, options);
  const known = store.prepared?.get(container.name);
  if (known === undefined)
    throw userError("CONTAINER_UNKNOWN", container.name, nearestName(container.name, [...(store.prepared?.keys() ?? [])]));
  const one = known.relation === null ? await restaged(store, known, options) : known;
  const relation = one.relation!;
  return { relation: await sampledRelation(store, one, relation, options), rejected: one.rejected };
};

const sampledRelation = async (store: Store, one: Prepared, relation: Relation, options: OpenOptions): Promise<Relation> => {
  if (options.sampleRows === undefined) return relation;
  const table = store.workshop.nextTable();
  const sample = await sampled(store.workshop.session, relation, one.container.fields, table, options.sampleRows, options);
  if (sample.from !== relation.from) store.samples.set(one.container.name, table);
  return sample;
};

const release = async (store: Store, container: Container): Promise<void> => {
  const sample = store.samples.get(container.name);
  if (sample !== undefined) await store.workshop.session.run(`DROP TABLE IF EXISTS ${sample}`);
  store.samples.delete(container.name);
  const one = store.prepared?.get(container.name);
  if (one !== undefined) await unstage(store.workshop, one);
};

const workshopOf = (session: Session, tempFolder: string, zone: string): Workshop => {
  let tables = 0;
  return { session, tempFolder, zone, nextTable: () => `${STAGE}.main.t${++tables}` };
};

/** Each file once, in the order of the sources. */
const locateAll = (given: readonly string[]): Sources => {
  const remote = given.flatMap((source) => parseRemote(source) ?? []);
  const local = given.filter((source) => parseRemote(source) === null);
  const files = new Map(local.flatMap((source) => locate(source)).map((file) => [file.path, file]));
  return { shown: given.map((source) => parseRemote(source)?.shown ?? source).join(", "), files: [...files.values()], remote };
};

/**
 * Opens files as one datastore.
 * Throws SOURCE_NOT_FOUND, SOURCE_KIND_UNKNOWN, SOURCE_UNREADABLE, EXTENSION_MISSING.
 */
export const connectFiles = async (given: readonly string[], options: ConnectOptions): Promise<Datastore> => {
  const sources = locateAll(given);
  const tempFolder = makeTempFolder(options.tempFolder);
  const slot = await openEngine(sources, options, tempFolder);
  try {
    const files = [...sources.files, ...(await locateRemote(slot.session, sources.remote, tempFolder, { signal: options.signal }))];
    const workshop = workshopOf(slot.session, tempFolder, options.timeZone);
    return datastoreOf(slot, sources.shown, { slot, workshop, files, prepared: null, findings: new Map(), samples: new Map() });
  } catch (thrown) {
    await slot.close();
    throw thrown;
  }
};

const datastoreOf = (slot: Slot, name: string, store: Store): Datastore => ({
  type: "files",
  name,
  session: slot.session,
  canStage: true,
  sync: (during = {}) => sync(store, during),
  open: (container, during = {}) => open(store, container, during),
  view: (container, query, during = {}) => viewOfQuery(slot.session, container, query, during),
  release: (container) => release(store, container),
  close: () => slot.close(),
});
