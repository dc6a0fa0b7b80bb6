/** How a check names another container, of its own datastore or of another. */
import { z } from "zod";
import type { Expr, Reference } from "../expr/expr.ts";
import type { RuleContext } from "./rule.ts";

const name = z.union([z.string().min(1), z.number().int()]);

/** An id is taken as a name: whoever knows what ids mean has put names in their place before. */
export const referenceProperties = {
  ref_container_name: name.nullish().describe("name of the other container"),
  ref_container_id: name.nullish().describe("the same as ref_container_name"),
  ref_datastore_name: name.nullish().describe("name of its datastore, when it is another one"),
  ref_datastore_id: name.nullish().describe("the same as ref_datastore_name"),
  ref_filter: z.string().nullish().describe("boolean expression over the other container: which of its rows count"),
};
type Named = { [key in keyof typeof referenceProperties]?: z.infer<(typeof referenceProperties)[key]> };

export type ReferenceProperties = { ref_container_name: string; ref_datastore_name: string | null; ref_filter: string | null };

/** For `refine`: some container is named. */
export const namesContainer: [(p: Named) => boolean, { path: string[]; message: string }] = [
  (p) => (p.ref_container_name ?? p.ref_container_id ?? null) !== null,
  { path: ["ref_container_name"], message: "it is missing" },
];

/** For `transform`: the other container and its datastore under one name each, as texts. */
export const withNames = <P extends Named>(p: P): Omit<P, keyof Named> & ReferenceProperties => ({ ...p, ...namesOf(p) });

const namesOf = (p: Named): ReferenceProperties => {
  const datastore = p.ref_datastore_name ?? p.ref_datastore_id ?? null;
  return {
    ref_container_name: String(p.ref_container_name ?? p.ref_container_id),
    ref_datastore_name: datastore === null ? null : String(datastore),
    ref_filter: p.ref_filter || null,
  };
};

/** Where the rows meant are, and which of them: for aggregates over them. */
export const referenceRows = (
  p: ReferenceProperties,
  ctx: RuleContext,
): { datastore: string | null; container: string; filter: Expr | null } => ({
  datastore: p.ref_datastore_name,
  container: p.ref_container_name,
  filter:
    p.ref_filter === null ? null : ctx.parseReference(p.ref_filter, p.ref_container_name, { expect: "Boolean", allowAggregates: false }),
});

/** The rows meant, with the fields wanted of them. */
export const referenceOf = (p: ReferenceProperties, fields: string[], ctx: RuleContext): Reference => ({
  ...referenceRows(p, ctx),
  fields,
});
