import type { Evidence, QualityCheck } from "@touchstone/core/model/check";
import { ruleByType } from "@touchstone/core/rules/index";
import type { Alerts } from "./alerts.ts";
import { outOf } from "./candidate.ts";
import type { Tested } from "./backtest.ts";
import type { Sample } from "./sample.ts";
import { wilsonLower } from "./statistics.ts";

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.999 || share < 0.001 ? 3 : 1)} %`;

const heldOutWords = ({ heldOut }: Tested): string => {
  if (heldOut === null) return "Too few rows to hold some out; it rests on all of them.";
  const { rows, passed } = heldOut;
  return `Fitted without a third of the rows, it held on ${outOf(passed, rows)} left out: at least ${percent(wilsonLower(passed, rows))} of such rows satisfy it (95 % interval).`;
};

const sampleWords = (sample: Sample): string => (sample.whole ? "" : ` Looked at a sample of ${sample.rows} of ${sample.records} rows.`);

const times = (n: number): string => (n >= 10 ? n.toFixed(0) : n >= 0.1 ? n.toFixed(1) : "fewer than 0.1");

const alertWords = ({ slices, alerting, falseAlarms, perMonth, falsePerMonth }: Alerts): string => {
  const loads = `${slices.count} earlier loads of ${slices.rows} rows`;
  if (alerting === 0) return ` On ${loads} it would have raised no alert.`;
  const hindsight =
    falseAlarms === 0
      ? "none of them false in hindsight"
      : `of which hindsight calls ${falseAlarms} false (${times(falsePerMonth)} a month)`;
  return ` On ${loads} it would have raised ${alerting} alert${alerting === 1 ? "" : "s"}, ${hindsight}: ${times(perMonth)} a month ${slices.pace}.`;
};

/** Why a check was inferred, in words a person can weigh. */
export const evidenceOf = (found: Tested, sample: Sample): Evidence => {
  const { candidate, heldOut, alerts } = found;
  return {
    text: `${candidate.why}. ${heldOutWords(found)}${alerts === null ? "" : alertWords(alerts)}${sampleWords(sample)}`,
    support: candidate.support,
    held_out_pass_ratio: heldOut === null || heldOut.rows === 0 ? null : heldOut.passed / heldOut.rows,
    confidence: heldOut === null || heldOut.rows === 0 ? null : wilsonLower(heldOut.passed, heldOut.rows),
    alerts: alerts === null ? null : expected(alerts),
  };
};

const rounded = (x: number): number => Number(x.toFixed(2));

const expected = ({ slices, alerting, falseAlarms, perMonth, falsePerMonth }: Alerts): Evidence["alerts"] => ({
  slices: slices.count,
  alerting,
  false_alarms: falseAlarms,
  per_month: rounded(perMonth),
  false_per_month: rounded(falsePerMonth),
});

/** What the rule says must hold, the evidence says why. */
const sentenceOf = ({ rule_type, fields, properties, says, why }: Tested["candidate"]): string => {
  if (says !== undefined) return says;
  const rule = ruleByType(rule_type);
  const parsed = rule?.properties.safeParse(properties);
  return rule && parsed?.success ? rule.describe(fields, parsed.data) : why;
};

/** The check that a tested candidate becomes: a draft, which does not run, where it is over the budget of alerts. */
export const checkOf = (found: Tested, sample: Sample, isOverBudget = false): QualityCheck => {
  const { rule_type, fields, properties, coverage, filter } = found.candidate;
  return {
    rule_type,
    container: sample.container,
    fields,
    description: sentenceOf(found.candidate),
    coverage,
    filter: filter ?? null,
    properties,
    tags: [],
    status: isOverBudget ? "Draft" : "Active",
    null_policy: "pass",
    anomaly_message_field: null,
    additional_metadata: {},
    inferred: true,
    evidence: evidenceOf(found, sample),
  };
};
