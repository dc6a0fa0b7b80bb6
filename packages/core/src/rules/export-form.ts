/** Checks as they are written into files and sent between installations. What `read.ts` reads, this writes. */
import type { QualityCheck } from "../model/check.ts";

/** A check in the export form: keys in their order, without those that say nothing. */
export const exportForm = (check: QualityCheck): Record<string, unknown> => {
  const { additional_metadata, inferred, evidence } = check;
  const metadata = { ...additional_metadata, ...(inferred ? { inferred } : {}), ...(evidence ? { evidence } : {}) };
  const form: [string, unknown, boolean][] = [
    ["rule_type", check.rule_type, true],
    ["description", check.description, true],
    ["container", check.container, true],
    ["fields", check.fields, check.fields.length > 0],
    ["coverage", check.coverage, check.coverage !== null],
    ["filter", check.filter, check.filter !== null],
    ["null_policy", check.null_policy, check.null_policy !== "pass"],
    ["anomaly_message_field", check.anomaly_message_field, check.anomaly_message_field !== null],
    ["properties", check.properties, Object.keys(check.properties).length > 0],
    ["tags", check.tags, check.tags.length > 0],
    ["status", check.status, true],
    ["additional_metadata", metadata, Object.keys(metadata).length > 0],
  ];
  return Object.fromEntries(form.filter(([, , given]) => given).map(([key, value]) => [key, value]));
};
