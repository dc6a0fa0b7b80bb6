/** The anomalies of a scan: new ones are written down, those that recur are known again, those that are gone are resolved. */
import { sql } from "kysely";
import type { FoundAnomaly, ScannedContainer } from "@touchstone/core/model/dataplane";
import { checkWeight } from "@touchstone/core/scores/weight";
import type { Database } from "../store/database.ts";
import { decide, OPEN, passedRows, settledChecks, type Decision, type KnownAnomaly } from "./anomaly-decisions.ts";
import type { Applying, Counters } from "./apply.ts";

/** Rows of one INSERT: Postgres takes 65,535 parameters. */
const BATCH = 1000;

export const applyAnomalies = async (applying: Applying, result: ScannedContainer): Promise<Counters> => {
  const { db, request } = applying;
  const checks = await checksOf(db, result.container_id);
  const found = result.anomalies
    .map((anomaly) => ({ ...anomaly, failed_checks: anomaly.failed_checks.filter(({ check_id }) => checks.has(check_id)) }))
    .filter(({ failed_checks }) => failed_checks.length > 0);
  const decisions = decide(found, await knownOf(db, result.container_id, found), {
    duplicates: request.archive_duplicate_anomalies === false ? "counted" : "archived",
    reactivate: request.reactivate_recurring_anomalies === true,
  });
  const made = decisions.filter(({ status }) => status !== null);
  for (let from = 0; from < made.length; from += BATCH) await insert(applying, result, made.slice(from, from + BATCH), checks);
  await recur(applying, decisions);
  const mayResolve = request.auto_resolve_passed_anomalies !== false && applying.operation.type === "scan";
  const resolved = mayResolve ? (await resolve(applying, result, found)) + (await resolvePassed(applying, result, found)) : 0;
  return {
    anomalies_identified: made.filter(({ status }) => status === "Active").length,
    anomalies_recurred: decisions.filter(({ status }) => status !== "Active").length,
    anomalies_resolved: resolved,
  };
};

type Check = { weight: number; assignee: number | null };

/** What anomalies take from the checks of a container: how much they matter, and who looks after them. */
const checksOf = async (db: Database, containerId: number): Promise<Map<number, Check>> => {
  const rows = await db
    .selectFrom("check")
    .where("container_id", "=", containerId)
    .select(["id", "rule_type", "inferred", "default_anomaly_assignee_id"])
    .select(
      sql<number>`(SELECT coalesce(sum(t.weight_modifier), 0) FROM tag_link l JOIN tag t ON t.id = l.tag_id
        WHERE (l.noun = 'check' AND l.object_id = "check".id) OR (l.noun = 'container' AND l.object_id = "check".container_id))`.as(
        "modifier",
      ),
    )
    .execute();
  return new Map(
    rows.map(({ id, rule_type, inferred, modifier, default_anomaly_assignee_id }) => [
      id,
      { weight: checkWeight({ rule_type, inferred, anomalous_records: 1 }, [Number(modifier)]), assignee: default_anomaly_assignee_id },
    ]),
  );
};

const listed = (values: readonly (string | number)[]) => sql`(SELECT jsonb_array_elements_text(CAST(${JSON.stringify(values)} AS jsonb)))`;

const knownOf = async (db: Database, containerId: number, found: readonly FoundAnomaly[]): Promise<KnownAnomaly[]> => {
  if (found.length === 0) return [];
  const { rows } = await sql<KnownAnomaly>`SELECT id, fingerprint, status FROM anomaly
    WHERE container_id = ${containerId} AND fingerprint IN ${listed(found.map(({ fingerprint }) => fingerprint))}`.execute(db);
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
};

const insert = async (
  { db, operation, now }: Applying,
  { container_id, enriched }: ScannedContainer,
  made: readonly Decision[],
  checks: ReadonlyMap<number, Check>,
): Promise<void> => {
  const rows = await db
    .insertInto("anomaly")
    .values(
      made.map(({ found, status }) => ({
        uuid: found.uuid,
        datastore_id: operation.datastore_id,
        container_id,
        operation_id: operation.id,
        type: found.type,
        status: status!,
        fingerprint: found.fingerprint,
        message: found.message,
        fields: JSON.stringify(found.fields),
        row: found.row,
        partition: found.partition,
        anomalous_records: found.anomalous_records,
        weight: Math.max(...found.failed_checks.map(({ check_id }) => checks.get(check_id)?.weight ?? 0)),
        source_enriched: enriched,
        row_key: found.row_key,
        created_at: now,
        updated_at: now,
      })),
    )
    .onConflict((conflict) => conflict.column("uuid").doNothing())
    .returning(["id", "uuid"])
    .execute();
  const idOf = new Map(rows.map(({ id, uuid }) => [uuid, id]));
  const withIds = made.flatMap(({ found, status }) => {
    const id = idOf.get(found.uuid);
    return id === undefined ? [] : [{ id, found, status }];
  });
  if (withIds.length === 0) return;
  const failed = withIds.flatMap(({ id, found }) => found.failed_checks.map((check) => ({ anomaly_id: id, ...check })));
  for (let from = 0; from < failed.length; from += BATCH)
    await db
      .insertInto("failed_check")
      .values(failed.slice(from, from + BATCH))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  await tell(
    db,
    operation.id,
    withIds.map(({ id, status }) => ({ id, kind: "created", detail: { status } })),
  );
  const assigned = withIds
    .filter(({ status }) => status === "Active")
    .flatMap(({ id, found }) =>
      [...new Set(found.failed_checks.flatMap(({ check_id }) => checks.get(check_id)?.assignee ?? []))].map((user_id) => ({
        anomaly_id: id,
        user_id,
      })),
    );
  if (assigned.length > 0) await db.insertInto("anomaly_assignee").values(assigned).execute();
};

type Told = { id: number; kind: string; detail: Record<string, unknown> };

/** Writes down what an operation did to anomalies. */
const tell = async (db: Database, operationId: number, events: readonly Told[]): Promise<void> => {
  for (let from = 0; from < events.length; from += BATCH)
    await db
      .insertInto("anomaly_event")
      .values(
        events
          .slice(from, from + BATCH)
          .map(({ id, kind, detail }) => ({ anomaly_id: id, kind, detail: JSON.stringify(detail), operation_id: operationId })),
      )
      .execute();
};

/** Those counted on, and those opened again. */
const recur = async ({ db, operation, now }: Applying, decisions: readonly Decision[]): Promise<void> => {
  const events: Told[] = [];
  for (const { found, counted, reactivated } of decisions) {
    if (counted !== null) {
      const seen = { anomalous_records: found.anomalous_records, message: found.message, updated_at: now };
      await db.updateTable("anomaly").set(seen).where("id", "=", counted).execute();
      events.push({ id: counted, kind: "recurred", detail: { anomalous_records: found.anomalous_records } });
    }
    if (reactivated !== null) {
      await db.updateTable("anomaly").set({ status: "Active", updated_at: now }).where("id", "=", reactivated).execute();
      events.push({ id: reactivated, kind: "status", detail: { to: "Active", reason: "it recurred" } });
    }
  }
  await tell(db, operation.id, events);
};

/** Open anomalies all of whose checks say that nothing is left of them. Answers how many there were. */
const resolve = async (applying: Applying, result: ScannedContainer, found: readonly FoundAnomaly[]): Promise<number> => {
  const { db, now } = applying;
  const settled = settledChecks(result.checks, found);
  if (settled.length === 0) return 0;
  const { rows } = await sql<{ id: number }>`UPDATE anomaly SET status = 'Resolved', updated_at = ${now}
    WHERE container_id = ${result.container_id} AND status IN (${sql.join([...OPEN])})
      AND fingerprint NOT IN ${listed(found.map(({ fingerprint }) => fingerprint))}
      AND EXISTS (SELECT 1 FROM failed_check f WHERE f.anomaly_id = anomaly.id)
      AND NOT EXISTS (SELECT 1 FROM failed_check f WHERE f.anomaly_id = anomaly.id AND CAST(f.check_id AS text) NOT IN ${listed(settled)})
    RETURNING id`.execute(db);
  return tellResolved(applying, rows, "its checks passed");
};

/** Open anomalies of rows that were looked at again, and passed. Answers how many there were. */
const resolvePassed = async (applying: Applying, result: ScannedContainer, found: readonly FoundAnomaly[]): Promise<number> => {
  const { db, now } = applying;
  const { keys, checks } = passedRows(result, found);
  if (keys.length === 0 || checks.length === 0) return 0;
  const { rows } = await sql<{ id: number }>`UPDATE anomaly SET status = 'Resolved', updated_at = ${now}
    WHERE container_id = ${result.container_id} AND status IN (${sql.join([...OPEN])}) AND type = 'record' AND row_key IN ${listed(keys)}
      AND EXISTS (SELECT 1 FROM failed_check f WHERE f.anomaly_id = anomaly.id)
      AND NOT EXISTS (SELECT 1 FROM failed_check f WHERE f.anomaly_id = anomaly.id AND CAST(f.check_id AS text) NOT IN ${listed(checks)})
    RETURNING id`.execute(db);
  return tellResolved(applying, rows, "its row was changed, and passed");
};

const tellResolved = async ({ db, operation }: Applying, rows: readonly { id: number }[], reason: string): Promise<number> => {
  await tell(
    db,
    operation.id,
    rows.map(({ id }) => ({ id: Number(id), kind: "status", detail: { to: "Resolved", reason } })),
  );
  return rows.length;
};
