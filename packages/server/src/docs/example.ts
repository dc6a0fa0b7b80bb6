/** A body that a schema accepts in the main: what is required, in words that say what belongs there. */
import { alternatives, componentOf, type Document, type Schema } from "./document.ts";

type Components = Document["components"]["schemas"];

/** Schemas that hold themselves are shown down to here. */
const DEPTH_MAX = 6;

const textOf = ({ format }: Schema, name: string): string => {
  if (format === "email") return "you@example.org";
  if (format === "uuid") return "00000000-0000-4000-8000-000000000000";
  if (format === "date-time") return "2026-01-31T12:00:00Z";
  return name === "" ? "…" : `<${name}>`;
};

export const exampleOf = (schema: Schema, components: Components, name = "", depth = 0): unknown => {
  const component = componentOf(schema);
  if (component !== null) return depth > DEPTH_MAX ? {} : exampleOf(components[component] ?? {}, components, name, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) {
    const [first] = alternatives(schema).options;
    return first === undefined || depth > DEPTH_MAX ? null : exampleOf(first, components, name, depth + 1);
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "object": {
      const required = (schema.required ?? []).filter(() => depth <= DEPTH_MAX);
      return Object.fromEntries(required.map((key) => [key, exampleOf(schema.properties?.[key] ?? {}, components, key, depth + 1)]));
    }
    case "array":
      return typeof schema.items !== "object" || depth > DEPTH_MAX ? [] : [exampleOf(schema.items, components, name, depth + 1)];
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, 1);
    case "boolean":
      return true;
    case "string":
      return textOf(schema, name);
    default:
      return {};
  }
};
