/**
 * JSON in the one form that is signed: the JSON Canonicalization Scheme (RFC 8785). The scheme takes numbers and texts as ECMAScript
 * writes them (§3.2.2), and sorts keys by UTF-16 code units (§3.2.3), which is how JavaScript compares texts.
 */
import { z } from "zod";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A text of JSON is read by others with other rules for what is not Unicode: such is not signed (§3.2.2.2). */
const Text = z.string().refine((text) => text.isWellFormed(), "a text that is not Unicode");

export const JsonValue: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), Text, z.array(JsonValue).readonly(), z.record(Text, JsonValue)]),
);
export const JsonObject: z.ZodType<JsonObject> = z.record(Text, JsonValue);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Expects what `JsonValue` lets through. */
export const canonical = (value: Json): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  const parts = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`);
  return `{${parts.join(",")}}`;
};
