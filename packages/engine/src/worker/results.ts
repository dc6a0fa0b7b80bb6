/**
 * From what the engine found to what the control plane is told. Rows stay behind: the records of anomalies, their examples and the
 * examples of rejected lines have no place in what goes out. Pure.
 */
import type { ErrorInfo } from "@touchstone/core/errors";
import type { CheckOutcome, FoundAnomaly, ScannedContainer, WorkCheck } from "@touchstone/core/model/dataplane";
import type { Anomaly, CheckResult } from "@touchstone/core/model/report";
import { ruleByType } from "@touchstone/core/rules/index";
import { anomalyUuid } from "../enrichment/names.ts";
import type { ContainerScan } from "../operations/scan.ts";
import type { OpenedContainer } from "./operation.ts";
import { keyOf } from "./row-keys.ts";

/** What was looked at: everything, only what is new, or only a sample. */
export type Extent = { sliced: boolean; sampled: boolean };

const looksAtAll = ({ rule_type }: WorkCheck, { sliced, sampled }: Extent): boolean =>
  !sampled && (!sliced || ruleByType(rule_type)?.scope === "whole");

/** `checks` are those that were asked for, in the order of the results. */
const outcomesOf = (checks: readonly WorkCheck[], results: readonly CheckResult[], extent: Extent): CheckOutcome[] =>
  checks.map((check, i) => {
    const { status, asserted_records, anomalous_records, measured, error } = results[i]!;
    return {
      check_id: check.id,
      version: check.version,
      status,
      asserted_records,
      anomalous_records,
      measured: typeof measured === "number" && Number.isFinite(measured) ? measured : null,
      error,
      whole: looksAtAll(check, extent),
    };
  });

/** The uuid under which an anomaly stands in the enrichment tables, and here. Of equal fingerprints the occurrence counts. */
const uuidsOf = (operationId: string, container: string, anomalies: readonly Anomaly[]): string[] => {
  const seen = new Map<string, number>();
  return anomalies.map(({ fingerprint }) => {
    const nth = seen.get(fingerprint) ?? 0;
    seen.set(fingerprint, nth + 1);
    return anomalyUuid(operationId, container, fingerprint, String(nth));
  });
};

export type Told = Pick<ScannedContainer, "checks" | "anomalies">;

export const toldOf = (
  operationId: string,
  opened: Pick<OpenedContainer, "container" | "known">,
  checks: readonly WorkCheck[],
  scan: ContainerScan,
  extent: Extent,
): Told => {
  const byUid = new Map(scan.checks.map(({ uid }, i) => [uid, checks[i]!]));
  const uuids = uuidsOf(operationId, opened.known.name, scan.anomalies);
  const anomalies = scan.anomalies.map((anomaly, i): FoundAnomaly => ({
    uuid: uuids[i]!,
    type: anomaly.type,
    fingerprint: anomaly.fingerprint,
    message: anomaly.message,
    fields: anomaly.fields,
    row: anomaly.row,
    partition: anomaly.partition,
    anomalous_records: anomaly.anomalous_records,
    row_key: keyOf(opened, anomaly.record),
    failed_checks: anomaly.failed_checks.flatMap(({ uid, message }) => {
      const check = byUid.get(uid);
      return check === undefined ? [] : [{ check_id: check.id, version: check.version, message }];
    }),
  }));
  return { checks: outcomesOf(checks, scan.checks, extent), anomalies };
};

/** The findings with the ids of the checks in the place of their uids, for the enrichment tables. */
export const withCheckIds = (checks: readonly WorkCheck[], scan: ContainerScan): ContainerScan => {
  const idOf = new Map(scan.checks.map(({ uid }, i) => [uid, String(checks[i]!.id)]));
  return {
    ...scan,
    checks: scan.checks.map((check) => ({ ...check, uid: idOf.get(check.uid) ?? check.uid })),
    anomalies: scan.anomalies.map((anomaly) => ({
      ...anomaly,
      failed_checks: anomaly.failed_checks.map((failed) => ({ ...failed, uid: idOf.get(failed.uid) ?? failed.uid })),
    })),
  };
};

/** A container that could not be scanned. */
export const unscanned = (containerId: number, error: ErrorInfo): ScannedContainer => ({
  kind: "scan",
  container_id: containerId,
  result: "failure",
  error,
  records: 0,
  records_processed: 0,
  rejected_lines: 0,
  checks: [],
  anomalies: [],
  checkpoint: null,
  seen_keys: [],
  enriched: false,
});
