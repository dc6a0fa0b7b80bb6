import { z } from "zod";

export const CheckStatus = z.enum(["Active", "Draft", "Archived"]);
export const NullPolicy = z.enum(["pass", "fail"]);

/** What a check would have raised on earlier loads, counted on rows it had not seen. */
export const ExpectedAlerts = z.object({
  /** Earlier loads looked at: the rows in the order in which they are stored, cut into equal slices. */
  slices: z.number().int(),
  /** Those in which it would have raised an alert, and those among them in which hindsight calls the alert false. */
  alerting: z.number().int(),
  false_alarms: z.number().int(),
  /** Expected alerts a month, and false ones among them. */
  per_month: z.number(),
  false_per_month: z.number(),
});

/** Why an inferred check exists, in words a person can weigh. */
export const Evidence = z.object({
  /** One or two sentences: what was seen, on how many rows, with what certainty. */
  text: z.string(),
  /** Rows that supported the check. */
  support: z.number().int(),
  /** Share of the held-out rows that satisfied the check, 0..1. */
  held_out_pass_ratio: z.number().nullable(),
  /** Lower bound of the pass probability at 95 % (Wilson 1927), 0..1. */
  confidence: z.number().nullable(),
  /** Null where there were too few rows to hold some out. */
  alerts: ExpectedAlerts.nullable().default(null),
});
export type Evidence = z.infer<typeof Evidence>;

/** A rule applied to fields of a container. The public export form of a check, and the one the engine runs. */
export const QualityCheck = z.object({
  rule_type: z.string(),
  container: z.string(),
  fields: z.array(z.string()).default([]),
  description: z.string().default(""),
  /** Share of the (filtered) rows that must satisfy the check, 0..1; null where the rule takes none. */
  coverage: z.number().min(0).max(1).nullable().default(null),
  /** Boolean expression; rows for which it is not true take no part. */
  filter: z.string().nullable().default(null),
  properties: z.record(z.string(), z.unknown()).default({}),
  tags: z.array(z.string()).default([]),
  status: CheckStatus.default("Active"),
  null_policy: NullPolicy.default("pass"),
  /** Field whose value replaces the generated message of an anomaly. */
  anomaly_message_field: z.string().nullable().default(null),
  additional_metadata: z.record(z.string(), z.unknown()).default({}),
  inferred: z.boolean().default(false),
  evidence: Evidence.nullable().default(null),
});
export type QualityCheck = z.infer<typeof QualityCheck>;
