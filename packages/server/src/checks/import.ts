/**
 * Checks that come as a list: what importing them would do, and doing it. A check is the one with the identity it carries, else
 * the one of the same container, rule, fields and filter; what neither names is new.
 */
import { errorInfo } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { QualityCheck } from "@touchstone/core/model/check";
import { distinctUid } from "@touchstone/core/rules/bind";
import { takeUid } from "@touchstone/core/rules/identity";
import { tryReadCheck, type CheckProblem } from "@touchstone/core/rules/read";
import { seesOf } from "../http/allowed.ts";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { checkRows } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import { tagsOf } from "../store/tags.ts";
import { frozen, tryReadContent, type Read } from "./content.ts";
import { homesOf, type Home } from "./home.ts";
import { changesOf, edited, isArchived, stateOf, touchesLocked, type Changes, type Kept } from "./kept.ts";
import { insertCheck, keptOf, saveCheck, uidsOf, type Current } from "./save.ts";

export type Planned = {
  index: number;
  uid: string | null;
  container: string | null;
  rule_type: string | null;
  changes: Changes;
  problems: CheckProblem[];
  /** What to write; null where there is nothing to. */
  step:
    | { kind: "create"; home: Home; kept: Kept; read: QualityCheck; uid: string }
    | { kind: "update"; current: Current; kept: Kept }
    | null;
  /** Of the check there is already. */
  id: number | null;
};

/** What the datastore holds. */
type Ground = {
  byName: ReadonlyMap<string, number>;
  homes: ReadonlyMap<number, Home>;
  /** By container and identity. */
  checks: ReadonlyMap<string, Current>;
};

const NOTHING = { changes: {}, step: null, id: null };

const containerNames = async (db: Database, datastoreId: number): Promise<Map<string, number>> => {
  const rows = await db.selectFrom("container").where("datastore_id", "=", datastoreId).select(["id", "name"]).execute();
  // Exact names win over those in other capitals.
  return new Map([...rows.map(({ id, name }) => [name.toLowerCase(), id] as const), ...rows.map(({ id, name }) => [name, id] as const)]);
};

const groundOf = async (db: Database, datastoreId: number, named: readonly string[]): Promise<Ground> => {
  const byName = await containerNames(db, datastoreId);
  const ids = [...new Set(named.flatMap((name) => byName.get(name) ?? byName.get(name.toLowerCase()) ?? []))];
  const rows = ids.length === 0 ? [] : await checkRows(db).where("check.container_id", "in", ids).execute();
  const tags = await tagsOf(
    db,
    "check",
    rows.map(({ id }) => id),
  );
  return {
    byName,
    homes: await homesOf(db, ids),
    checks: new Map(rows.map((row) => [`${row.container_id} ${row.uid}`, { row, kept: keptOf(row, tags.get(row.id) ?? []) }])),
  };
};

/** Identities that stand at more than one check name neither. */
const ambiguous = (uids: readonly (string | null)[]): Set<string> => {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const uid of uids)
    if (uid !== null && seen.has(uid)) twice.add(uid);
    else if (uid !== null) seen.add(uid);
  return twice;
};

const problem = (path: CheckProblem["path"], info: CheckProblem["info"]): CheckProblem => ({ path, at: "value", info });

/** The check as it will be kept. What a list does not say about a check that is there stays: its owner, its assignee. */
const keptFrom = (
  check: QualityCheck,
  read: Read,
  existing: Current | undefined,
  metadata: Record<string, unknown>,
  userId: number,
): Kept => {
  const archived = check.status === "Archived" && existing !== undefined && isArchived(existing.kept.status);
  return {
    owner_id: existing === undefined ? userId : existing.kept.owner_id,
    default_anomaly_assignee_id: existing?.kept.default_anomaly_assignee_id ?? null,
    inferred: existing?.kept.inferred ?? check.inferred,
    ...read.content,
    description: check.description.trim() || existing?.kept.description || read.sentence,
    additional_metadata: metadata,
    status: archived ? existing.kept.status : stateOf(check.status),
    tags: [...new Set(check.tags)].sort(),
  };
};

type Entry = { index: number; check: QualityCheck; carried: string | null; metadata: Record<string, unknown> };

const homeIn = (ground: Ground, { check }: Entry): Home | CheckProblem => {
  const id = ground.byName.get(check.container) ?? ground.byName.get(check.container.toLowerCase());
  const home = id === undefined ? undefined : ground.homes.get(id);
  return (
    home ?? problem(["container"], errorInfo("CONTAINER_UNKNOWN", check.container, nearestName(check.container, [...ground.byName.keys()])))
  );
};

const planUpdate = (existing: Current, entry: Entry, read: Read, userId: number): Pick<Planned, "changes" | "step" | "problems"> => {
  if (existing.kept.rule_type !== read.content.rule_type) return { ...NOTHING, problems: [problem(["rule_type"], frozen("rule"))] };
  const asked = keptFrom(entry.check, read, existing, entry.metadata, userId);
  const kept = entry.check.inferred ? asked : edited(existing.kept, asked, userId);
  const changes = changesOf(existing.kept, kept);
  if (existing.row.template_locked && touchesLocked(changes))
    return {
      ...NOTHING,
      problems: [problem([], errorInfo("OBJECT_STATE_WRONG", "check", String(existing.row.id), "its template is locked"))],
    };
  return { changes, problems: [], step: Object.keys(changes).length === 0 ? null : { kind: "update", current: existing, kept } };
};

const planOne = async (
  context: Context<Services>,
  ground: Ground,
  entry: Entry,
  used: Set<number>,
  taken: Set<string>,
): Promise<Planned> => {
  const { index, check, carried } = entry;
  const about = { index, uid: carried, container: check.container, rule_type: check.rule_type };
  const home = homeIn(ground, entry);
  if (!("containerId" in home)) return { ...about, ...NOTHING, problems: [home] };
  const { rule_type, fields, coverage, filter, properties, null_policy, anomaly_message_field } = check;
  const written = { rule_type, fields, coverage, filter, properties, null_policy, anomaly_message_field };
  const read = await tryReadContent(context.db, home, written, await seesOf(context));
  if ("problems" in read) return { ...about, ...NOTHING, problems: read.problems };
  const found = [carried, read.uid]
    .map((uid) => ground.checks.get(`${home.containerId} ${uid}`))
    .find((one) => one && !used.has(one.row.id));
  if (found !== undefined) {
    used.add(found.row.id);
    return { ...about, uid: found.row.uid, id: found.row.id, ...planUpdate(found, entry, read, context.principal.userId) };
  }
  const kept = keptFrom(check, read, undefined, entry.metadata, context.principal.userId);
  const uid = distinctUid(carried ?? read.uid, kept, taken);
  return { ...about, uid, id: null, changes: {}, problems: [], step: { kind: "create", home, kept, read: check, uid } };
};

/** What importing the list would do, in its order. */
export const planImport = async (context: Context<Services>, datastoreId: number, list: readonly unknown[]): Promise<Planned[]> => {
  const reads = list.map((raw) => tryReadCheck(raw));
  const named = reads.flatMap((read) => ("check" in read ? [read.check.container] : []));
  const ground = await groundOf(context.db, datastoreId, named);
  const identities = reads.map((read) => ("check" in read ? takeUid(read.check.additional_metadata) : { uid: null, metadata: {} }));
  const unclear = ambiguous(identities.map(({ uid }) => uid));
  const [used, taken] = [new Set<number>(), await uidsOf(context.db, datastoreId)];
  const planned: Planned[] = [];
  for (const [index, read] of reads.entries()) {
    const { uid, metadata } = identities[index]!;
    if ("problems" in read) planned.push({ index, uid, container: null, rule_type: null, ...NOTHING, problems: read.problems });
    else if (read.warnings.length > 0)
      planned.push({ index, uid, container: read.check.container, rule_type: read.check.rule_type, ...NOTHING, problems: read.warnings });
    else
      planned.push(
        await planOne(
          context,
          ground,
          { index, check: read.check, carried: uid !== null && !unclear.has(uid) ? uid : null, metadata },
          used,
          taken,
        ),
      );
  }
  return planned;
};

/** Does what was planned; answers the ids in the order of the plan. */
export const runImport = async ({ db, principal }: Context<Services>, planned: readonly Planned[]): Promise<(number | null)[]> => {
  const ids: (number | null)[] = [];
  for (const { step, id } of planned) {
    if (step?.kind === "update") await saveCheck(db, step.current, step.kept, principal.userId);
    if (step?.kind !== "create") ids.push(id);
    else {
      const birth = { containerId: step.home.containerId, templateId: null, locked: false, uid: step.uid, evidence: step.read.evidence };
      ids.push(await insertCheck(db, step.kept, birth, principal.userId));
    }
  }
  return ids;
};
