/**
 * What a check would have raised on earlier loads, and the budget for it.
 *
 * A check fitted without the held-out rows is asked about them, slice by slice. Where it flags something it would have raised an
 * alert; where everything it flags is accepted by the same check fitted to all rows, hindsight calls that a false alarm. Both are
 * counts on data the check had not seen, not promises of a formula.
 */
import type { Candidate } from "./candidate.ts";
import type { Sample } from "./sample.ts";
import type { Slices } from "./slices.ts";

/**
 * False alarms a month that the inferred checks of one container may be expected to raise: one in three days. The estimate is
 * coarse and rather too high: a single false alarm in ten loads counts as eight a month, and was raised by a check that had seen a
 * third fewer rows.
 */
export const ALERT_BUDGET_DEFAULT = 10;

export type Alerts = {
  slices: Slices;
  /** Slices in which the check fitted without the held-out rows raises an alert. */
  alerting: number;
  /** Those among them in which the check fitted to all rows sees nothing wrong. */
  falseAlarms: number;
  /** Expected a month, for whole slices: only a part of each was held out. */
  perMonth: number;
  falsePerMonth: number;
};

type Tally = { rows: number; flagged: number; accepted: number };

/** Held-out rows that a check fitted without them flags, and the share that it asks to be right. */
export type Flagged = { rows: readonly number[]; coverage: number | null };

const tallies = (flagged: Flagged, after: Candidate, heldOut: Sample, count: number): Tally[] => {
  const start = (slice: number) => Math.ceil((slice * heldOut.rows) / count);
  const slices = Array.from({ length: count }, (_, i): Tally => ({ rows: start(i + 1) - start(i), flagged: 0, accepted: 0 }));
  const isBroken = after.violates(heldOut);
  for (const row of flagged.rows) {
    const slice = slices[Math.floor((row * count) / heldOut.rows)]!;
    slice.flagged++;
    if (!isBroken(row)) slice.accepted++;
  }
  return slices;
};

/** Alerts of a candidate: `flagged` by the one fitted without the held-out rows, `after` is fitted with them. */
export const alertsOf = (flagged: Flagged, after: Candidate, sample: Sample, heldOut: Sample, slices: Slices): Alerts => {
  const tolerated = 1 - (flagged.coverage ?? 1);
  const raised = tallies(flagged, after, heldOut, slices.count).filter((s) => s.flagged > tolerated * s.rows);
  const falseOnes = raised.filter((s) => s.accepted === s.flagged);
  /** A slice is some times larger than its held-out part: the chance that none of it raises an alert is that much a power. */
  const monthly = (alerting: number) => slices.perMonth * (1 - (1 - alerting / slices.count) ** (sample.rows / heldOut.rows));
  return {
    slices,
    alerting: raised.length,
    falseAlarms: falseOnes.length,
    perMonth: monthly(raised.length),
    falsePerMonth: monthly(falseOnes.length),
  };
};

const falseShare = (alerts: Alerts): number => alerts.falseAlarms / alerts.alerting;

/**
 * What must be left out for the rest to stay within the budget: first those whose alerts are false the most often, so that a check
 * which is right four times out of five outlives one that is never right.
 */
export const overBudget = <T extends { alerts: Alerts | null }>(found: readonly T[], budget: number): Set<T> => {
  const noisy = found.flatMap((f) => (f.alerts !== null && f.alerts.falseAlarms > 0 ? [{ f, alerts: f.alerts }] : []));
  noisy.sort((a, b) => falseShare(b.alerts) - falseShare(a.alerts) || b.alerts.falsePerMonth - a.alerts.falsePerMonth);
  let expected = noisy.reduce((sum, { alerts }) => sum + alerts.falsePerMonth, 0);
  const over = new Set<T>();
  for (const { f, alerts } of noisy) {
    if (expected <= budget) break;
    over.add(f);
    expected -= alerts.falsePerMonth;
  }
  return over;
};
