/** Finding fields by name: as written, else by the only name that differs in case. */
import type { Field } from "../model/field.ts";

type Index = { exact: ReadonlyMap<string, Field>; folded: ReadonlyMap<string, Field | "ambiguous"> };

/** Indexes of lists of fields seen before: thousands of checks ask the same wide container. */
const INDEXES = new WeakMap<readonly Field[], Index>();

const indexOf = (fields: readonly Field[]): Index => {
  const known = INDEXES.get(fields);
  if (known !== undefined) return known;
  const folded = new Map<string, Field | "ambiguous">();
  for (const f of fields) folded.set(f.name.toLowerCase(), folded.has(f.name.toLowerCase()) ? "ambiguous" : f);
  const index = { exact: new Map(fields.map((f) => [f.name, f])), folded };
  INDEXES.set(fields, index);
  return index;
};

/** The field of that name, else the only one of that name in another case; null when there is none. */
export const fieldByName = (fields: readonly Field[], name: string): Field | "ambiguous" | null => {
  const index = indexOf(fields);
  return index.exact.get(name) ?? index.folded.get(name.toLowerCase()) ?? null;
};
