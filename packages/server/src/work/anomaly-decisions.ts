/**
 * What becomes of the anomalies a scan found, seen against those that are known. Pure: the rules of recurrence and of resolution
 * in one place.
 */
import type { CheckOutcome, FoundAnomaly, ScannedContainer } from "@touchstone/core/model/dataplane";

export const OPEN = ["Active", "Acknowledged"] as const;

export type KnownAnomaly = { id: number; fingerprint: string; status: string };

export type Recurrence = {
  /** What an open one recurs as: a new anomaly with the status Duplicate, or a count on the open one. */
  duplicates: "archived" | "counted";
  /** Whether an archived one is opened again when it recurs. */
  reactivate: boolean;
};

export type Decision = {
  found: FoundAnomaly;
  /** Status of the new anomaly; null when none is made. */
  status: "Active" | "Duplicate" | null;
  /** A known one that is counted on, or opened again. */
  counted: number | null;
  reactivated: number | null;
};

const isOpen = (status: string): boolean => OPEN.some((open) => open === status);

/** Each finding against the known anomalies of its fingerprint, of which the newest counts. */
export const decide = (found: readonly FoundAnomaly[], known: readonly KnownAnomaly[], recurrence: Recurrence): Decision[] => {
  const byFingerprint = new Map<string, KnownAnomaly[]>();
  for (const one of known) byFingerprint.set(one.fingerprint, [...(byFingerprint.get(one.fingerprint) ?? []), one]);
  return found.map((one) => decisionOn(one, byFingerprint.get(one.fingerprint) ?? [], recurrence));
};

const decisionOn = (found: FoundAnomaly, known: readonly KnownAnomaly[], { duplicates, reactivate }: Recurrence): Decision => {
  const nothing = { found, counted: null, reactivated: null };
  const latest = known.filter(({ status }) => status !== "Duplicate").toSorted((a, b) => b.id - a.id);
  const open = latest.find(({ status }) => isOpen(status));
  if (open !== undefined && duplicates === "counted") return { ...nothing, status: null, counted: open.id };
  if (open !== undefined) return { ...nothing, status: "Duplicate" };
  const [archived] = latest;
  if (archived !== undefined && reactivate) return { ...nothing, status: "Duplicate", reactivated: archived.id };
  return { ...nothing, status: "Active" };
};

/**
 * Checks of which the scan says all there is to say: they looked at every row, and either passed, or each row that fails is among
 * the findings. An open anomaly of only such checks that was not found again is resolved. Where findings were rolled up, one that
 * is not seen may still be there.
 */
export const settledChecks = (outcomes: readonly CheckOutcome[], found: readonly FoundAnomaly[]): number[] =>
  toldInFull(
    outcomes.filter(({ whole }) => whole),
    found,
  );

/** Checks that passed on the rows they looked at, or of which each failing one of these is among the findings. */
const toldInFull = (outcomes: readonly CheckOutcome[], found: readonly FoundAnomaly[]): number[] => {
  const records = new Map<number, number>();
  for (const { type, failed_checks } of found)
    if (type === "record") for (const { check_id } of failed_checks) records.set(check_id, (records.get(check_id) ?? 0) + 1);
  return outcomes
    .filter(({ status }) => status !== "unasserted")
    .filter(
      ({ check_id, status, anomalous_records }) => status === "passed" || (records.get(check_id) ?? 0) >= (anomalous_records ?? Infinity),
    )
    .map(({ check_id }) => check_id);
};

/**
 * What a scan of new rows says of rows with open anomalies: the keys that were seen again and are not among the findings, and the checks
 * of which it says all about these rows. An anomaly of such a row, of only such checks, is resolved: its row passed.
 */
export const passedRows = (
  { checks, seen_keys }: Pick<ScannedContainer, "checks" | "seen_keys">,
  found: readonly FoundAnomaly[],
): { keys: string[]; checks: number[] } => {
  const failing = new Set(found.map(({ row_key }) => row_key));
  return { keys: seen_keys.filter((key) => !failing.has(key)), checks: toldInFull(checks, found) };
};
