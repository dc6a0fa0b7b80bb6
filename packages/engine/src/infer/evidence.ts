import type { Evidence, QualityCheck } from "@touchstone/core/model/check";
import { ruleByType } from "@touchstone/core/rules/index";
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

/** Why a check was inferred, in words a person can weigh. */
export const evidenceOf = (found: Tested, sample: Sample): Evidence => {
  const { candidate, heldOut } = found;
  return {
    text: `${candidate.why}. ${heldOutWords(found)}${sampleWords(sample)}`,
    support: candidate.support,
    held_out_pass_ratio: heldOut === null || heldOut.rows === 0 ? null : heldOut.passed / heldOut.rows,
    confidence: heldOut === null || heldOut.rows === 0 ? null : wilsonLower(heldOut.passed, heldOut.rows),
  };
};

/** What the rule says must hold, the evidence says why. */
const sentenceOf = ({ rule_type, fields, properties, why }: Tested["candidate"]): string => {
  const rule = ruleByType(rule_type);
  const parsed = rule?.properties.safeParse(properties);
  return rule && parsed?.success ? rule.describe(fields, parsed.data) : why;
};

/** The check that a tested candidate becomes. */
export const checkOf = (found: Tested, sample: Sample): QualityCheck => {
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
    status: "Active",
    null_policy: "pass",
    anomaly_message_field: null,
    additional_metadata: {},
    inferred: true,
    evidence: evidenceOf(found, sample),
  };
};
