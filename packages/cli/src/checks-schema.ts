import { z } from "zod";
import type { Rule } from "@touchstone/core/rules/rule";

/** The JSON schema of a checks file: what stands under `properties` depends on `rule_type`. */
export const checksSchema = (rules: readonly Rule[]): unknown => {
  const check = {
    type: "object",
    required: ["rule_type", "container"],
    properties: {
      uid: { type: "string", description: "identity that survives edits; written by touchstone checks pull" },
      rule_type: { enum: rules.map(({ type }) => type) },
      description: { type: "string" },
      container: { type: "string" },
      fields: { type: "array", items: { type: "string" } },
      coverage: { type: ["number", "null"], minimum: 0, maximum: 1, description: "share of the rows that must satisfy the check" },
      filter: { type: ["string", "null"], description: "boolean expression: which rows take part" },
      null_policy: { enum: ["pass", "fail"] },
      anomaly_message_field: { type: ["string", "null"] },
      properties: { type: "object" },
      tags: { type: "array", items: { type: "string" } },
      status: { enum: ["Active", "Draft", "Archived"] },
      additional_metadata: { type: "object" },
    },
    allOf: rules.map((rule) => ({
      if: { properties: { rule_type: { const: rule.type } } },
      then: {
        description: rule.docs,
        properties: { properties: bare(z.toJSONSchema(rule.properties, { io: "input", unrepresentable: "any" })) },
      },
    })),
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Touchstone checks",
    anyOf: [
      { type: "array", items: { $ref: "#/$defs/check" } },
      { type: "object", required: ["checks"], properties: { checks: { type: "array", items: { $ref: "#/$defs/check" } } } },
      { $ref: "#/$defs/check" },
    ],
    $defs: { check },
  };
};

const bare = ({ $schema: _schema, ...schema }: Record<string, unknown>): Record<string, unknown> => schema;
