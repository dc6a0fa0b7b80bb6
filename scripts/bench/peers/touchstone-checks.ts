/** The asked checks as a file of checks for `touchstone scan`. */
import type { Asked } from "./asked.ts";

type Written = { rule_type: string; fields: string[]; properties?: Record<string, unknown> };

const written = (asked: Asked): Written => {
  switch (asked.kind) {
    case "not_null":
      return { rule_type: "notNull", fields: [asked.field] };
    case "unique":
      return { rule_type: "unique", fields: asked.fields };
    case "range":
      return { rule_type: "between", fields: [asked.field], properties: { min: asked.min, max: asked.max } };
    case "date_range":
      return { rule_type: "betweenTimes", fields: [asked.field], properties: { min_time: asked.min, max_time: asked.max } };
    case "one_of":
      return { rule_type: "expectedValues", fields: [asked.field], properties: { list: asked.values } };
    case "matches":
      return { rule_type: "matchesPattern", fields: [asked.field], properties: { pattern: asked.pattern } };
    case "max_length":
      return { rule_type: "maxLength", fields: [asked.field], properties: { value: asked.max } };
    case "before":
      return { rule_type: "lessThanField", fields: [asked.field], properties: { field_name: asked.other } };
    case "in_table":
      return { rule_type: "existsIn", fields: [asked.field], properties: { ref_container_name: asked.table, field_name: asked.other } };
  }
};

/** JSON is YAML. The description carries the id, so that the report's checks find theirs. */
export const checksFile = (checks: readonly Asked[]): string =>
  JSON.stringify({ checks: checks.map((asked) => ({ ...written(asked), container: "order_line", description: asked.id })) }, null, 1);
