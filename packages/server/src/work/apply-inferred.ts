/**
 * Checks that the data proposes, against those there are. By uid: a new one is added, an inferred one is brought up to date, one that
 * a person edited or archived is left alone, and one that is no longer proposed goes unless it has found something.
 */
import type { QualityCheck } from "@touchstone/core/model/check";
import { checkUid, distinctUid } from "@touchstone/core/rules/bind";
import { ruleByType } from "@touchstone/core/rules/index";
import { keepVersion, keptOf } from "../checks/save.ts";
import type { Database } from "../store/database.ts";
import { tagsOf } from "../store/tags.ts";
import type { Counters } from "./apply.ts";

const rowsOf = (db: Database, containerId: number) => db.selectFrom("check").where("container_id", "=", containerId).selectAll().execute();
type Row = Awaited<ReturnType<typeof rowsOf>>[number];

const contentOf = (check: QualityCheck) => ({
  fields: JSON.stringify(check.fields),
  description: check.description,
  filter: check.filter,
  coverage: check.coverage,
  properties: JSON.stringify(check.properties),
  evidence: check.evidence === null ? null : JSON.stringify(check.evidence),
});

/** Keys in one order, for comparing what went through jsonb with what did not. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** What decides a judgement: when it changes, the check as it was is kept as a version. */
const meaning = ({ fields, filter, coverage, properties }: Pick<Row, "fields" | "filter" | "coverage" | "properties">): string =>
  canonical([fields, filter, coverage, properties]);

const refresh = async (db: Database, row: Row, check: QualityCheck): Promise<boolean> => {
  const changed = meaning(row) !== meaning({ ...check, properties: check.properties });
  if (changed) await keepVersion(db, row, keptOf(row, (await tagsOf(db, "check", [row.id])).get(row.id) ?? []));
  if (!changed && canonical(row.evidence) === canonical(check.evidence)) return false;
  await db
    .updateTable("check")
    .set({ ...contentOf(check), ...(changed ? { version: row.version + 1, updated_at: new Date(), last_editor_id: null } : {}) })
    .where("id", "=", row.id)
    .execute();
  return changed;
};

/** Inferred checks that nobody touched and nothing was ever found by. */
const removeStale = async (db: Database, stale: readonly number[]): Promise<number> => {
  if (stale.length === 0) return 0;
  const [result] = await db
    .deleteFrom("check")
    .where("id", "in", stale)
    .where("id", "not in", db.selectFrom("failed_check").where("check_id", "in", stale).select("check_id"))
    .execute();
  return Number(result?.numDeletedRows ?? 0);
};

export const applyInferred = async (
  db: Database,
  containerId: number,
  inferred: readonly QualityCheck[],
  asDraft: boolean,
): Promise<Counters> => {
  const known = new Map((await rowsOf(db, containerId)).map((row) => [row.uid, row]));
  const taken = new Set<string>();
  const counters = { checks_added: 0, checks_updated: 0, checks_removed: 0, checks_synchronized: inferred.length };
  for (const check of inferred) {
    const uid = distinctUid(checkUid(check, ruleByType(check.rule_type)), check, taken);
    const row = known.get(uid);
    if (row === undefined) {
      const status = asDraft || check.status === "Draft" ? "Draft" : "Active";
      const { rule_type, null_policy } = check;
      await db
        .insertInto("check")
        .values({ container_id: containerId, uid, rule_type, null_policy, ...contentOf(check), status, inferred: true })
        .execute();
      counters.checks_added++;
    } else if (row.inferred && isOpen(row) && (await refresh(db, row, check))) counters.checks_updated++;
  }
  const stale = [...known.values()].filter((row) => row.inferred && isOpen(row) && !taken.has(row.uid)).map(({ id }) => id);
  return { ...counters, checks_removed: await removeStale(db, stale) };
};

const isOpen = ({ status }: Row): boolean => status === "Active" || status === "Draft";
