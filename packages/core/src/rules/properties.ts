/** The properties of a rule: their names, and reading them with errors that name the property. */
import { z } from "zod";
import { errorInfo, type ErrorInfo } from "../errors.ts";
import { nearestName } from "../expr/nearest.ts";
import { currentProperty } from "./legacy.ts";
import type { Rule } from "./rule.ts";

/** Names of the properties a schema takes; null where the schema does not say. */
export const propertyNames = (schema: z.core.$ZodType): readonly string[] | null => {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodPipe) return propertyNames(schema.in);
  if (schema instanceof z.ZodUnion) return allNames(schema.options);
  if (schema instanceof z.ZodIntersection) return allNames([schema.def.left, schema.def.right]);
  return null;
};

const allNames = (schemas: readonly z.core.$ZodType[]): readonly string[] | null => {
  const names = schemas.map(propertyNames);
  return names.includes(null) ? null : [...new Set(names.flatMap((list) => list ?? []))];
};

export type PropertyProblem = { property: string; info: ErrorInfo };

/** Properties under their current names, and for each what it was called in the input. */
export const renamed = (
  rule: Rule,
  given: Readonly<Record<string, unknown>>,
): { properties: Record<string, unknown>; originals: Map<string, string> } => {
  const known = propertyNames(rule.properties) ?? Object.keys(given);
  const originals = new Map<string, string>();
  for (const name of Object.keys(given)) {
    const current = currentProperty(name, known);
    // A property given under its own name wins over one that only means the same.
    if (!originals.has(current) || name === current) originals.set(current, name);
  }
  return { properties: Object.fromEntries([...originals].map(([current, original]) => [current, given[original]])), originals };
};

/** The parsed properties, or everything that is wrong with them. `given` carries current names; one that is null is absent. */
export const parseProperties = (
  rule: Rule,
  given: Readonly<Record<string, unknown>>,
): { value: unknown } | { problems: PropertyProblem[] } => {
  const properties = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const known = propertyNames(rule.properties);
  const unknown = known === null ? [] : Object.keys(properties).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return {
      problems: unknown.map((name) => ({
        property: name,
        info: errorInfo("PROPERTY_INVALID", rule.type, name, unknownReason(name, known ?? [])),
      })),
    };
  const parsed = rule.properties.safeParse(properties);
  if (parsed.success) return { value: parsed.data };
  return { problems: parsed.error.issues.map((issue) => issueProblem(rule, issue, properties)) };
};

const unknownReason = (name: string, known: readonly string[]): string => {
  const nearest = nearestName(name, known);
  if (known.length === 0) return "the rule takes no properties";
  return nearest === null
    ? `there is no such property; the rule takes ${known.join(", ")}`
    : `there is no such property; the nearest name is ${nearest}`;
};

const issueProblem = (rule: Rule, issue: z.core.$ZodIssue, properties: Readonly<Record<string, unknown>>): PropertyProblem => {
  const property = issue.path.length === 0 ? "" : String(issue.path[0]);
  const missing = issue.code === "invalid_type" && issue.path.length === 1 && properties[property] === undefined;
  const reason = missing ? "it is missing" : issue.message;
  return { property, info: errorInfo("PROPERTY_INVALID", rule.type, issue.path.join(".") || "combination", reason) };
};
