/** Expressions of selectors: what a label must be, in the words that pods, nodes and namespaces are selected by. */
import { z } from "zod";

export const Expressions = z
  .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
  .default([]);
export type Expression = z.infer<typeof Expressions>[number];

/** Whether labels satisfy it; null for an operator that is none of a label selector. */
export const holds = ({ key, operator, values }: Expression, labels: Readonly<Record<string, string>>): boolean | null => {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return null;
  }
};
