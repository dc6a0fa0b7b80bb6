/** What a scan found in a container: how each check was judged, the anomalies, and up to where the container has been seen. */
import type { CheckOutcome, ScannedContainer } from "@touchstone/core/model/dataplane";
import type { Database } from "../store/database.ts";
import { applyAnomalies } from "./apply-anomalies.ts";
import type { Applied, Applying, Counters } from "./apply.ts";

/** Rows of one INSERT: Postgres takes 65,535 parameters. */
const BATCH = 2000;

export const applyScan = async (applying: Applying, result: ScannedContainer): Promise<Applied> => {
  const { db, operation, now } = applying;
  const containerId = result.container_id;
  if (result.result !== "success") return { containerId, counters: {} };
  const there = await stillThere(db, containerId, result.checks);
  // Rows that were sent say nothing of what the container holds: neither how its checks stand, nor that an anomaly is gone.
  if (operation.type === "external_scan")
    return { containerId, counters: countersOf(result, there, await applyAnomalies(applying, result)) };
  await applyAssertions(db, operation.id, there, now);
  const found = await applyAnomalies(applying, { ...result, checks: there });
  await db
    .updateTable("container")
    .set({
      last_scanned_at: now,
      records_count: result.records,
      ...(result.checkpoint === null ? {} : { checkpoint: JSON.stringify(result.checkpoint) }),
    })
    .where("id", "=", containerId)
    .execute();
  return { containerId, counters: countersOf(result, there, found) };
};

const countersOf = (result: ScannedContainer, outcomes: readonly CheckOutcome[], found: Counters): Counters => {
  const asserted = (status: string) => outcomes.filter((check) => check.status === status).length;
  return {
    records_processed: result.records_processed,
    rejected_lines: result.rejected_lines,
    checks_passed: asserted("passed"),
    checks_failed: asserted("failed"),
    checks_unasserted: asserted("unasserted"),
    ...found,
  };
};

/** Outcomes of checks that nobody deleted while they were run. */
const stillThere = async (db: Database, containerId: number, outcomes: readonly CheckOutcome[]): Promise<CheckOutcome[]> => {
  const rows = await db.selectFrom("check").where("container_id", "=", containerId).select("id").execute();
  const ids = new Set(rows.map(({ id }) => id));
  return outcomes.filter(({ check_id }) => ids.has(check_id));
};

const applyAssertions = async (db: Database, operationId: number, outcomes: readonly CheckOutcome[], now: Date): Promise<void> => {
  for (let from = 0; from < outcomes.length; from += BATCH) {
    const rows = outcomes.slice(from, from + BATCH).map(({ check_id, status, asserted_records, anomalous_records, measured }) => ({
      check_id,
      operation_id: operationId,
      status,
      asserted_records,
      anomalous_records,
      measured,
      created_at: now,
    }));
    await db
      .insertInto("assertion")
      .values(rows)
      .onConflict((conflict) => conflict.columns(["check_id", "operation_id"]).doNothing())
      .execute();
  }
  for (const status of ["passed", "failed"]) {
    const ids = outcomes.filter((outcome) => outcome.status === status).map(({ check_id }) => check_id);
    if (ids.length > 0)
      await db.updateTable("check").set({ last_status: status, last_asserted_at: now, last_error: null }).where("id", "in", ids).execute();
  }
  for (const { check_id, status, error } of outcomes)
    if (status === "unasserted")
      await db
        .updateTable("check")
        .set({ last_status: status, last_error: error === null ? null : JSON.stringify(error) })
        .where("id", "=", check_id)
        .execute();
};
