/** How a check names another container, of its own datastore or of another. */
import { z } from "zod";
import type { Reference } from "../expr/expr.ts";
import type { RuleContext } from "./rule.ts";

export const referenceProperties = {
  ref_container_name: z.string().min(1).describe("name of the other container"),
  ref_datastore_name: z.string().nullish().describe("name of its datastore, when it is another one"),
  ref_filter: z.string().nullish().describe("boolean expression over the other container: which of its rows count"),
};

export type ReferenceProperties = {
  ref_container_name: string;
  ref_datastore_name?: string | null | undefined;
  ref_filter?: string | null | undefined;
};

/** The rows meant, with the fields wanted of them. */
export const referenceOf = (p: ReferenceProperties, fields: string[], ctx: RuleContext): Reference => ({
  datastore: p.ref_datastore_name ?? null,
  container: p.ref_container_name,
  fields,
  filter: p.ref_filter ? ctx.parseReference(p.ref_filter, p.ref_container_name, { expect: "Boolean", allowAggregates: false }) : null,
});
