/** From what a computed container is made of to its query, in the engine's own SQL. Pure. */
import { z } from "zod";
import { userError } from "@touchstone/core/errors";

/** A container that another is made of, by the name a dataplane finds it under; `datastore` only where it is another one. */
export const Part = z.object({
  id: z.number().int(),
  name: z.string(),
  datastore: z.string().nullable().default(null),
  container_type: z.string().default("table"),
  definition: z.record(z.string(), z.unknown()).default({}),
});
export type Part = z.infer<typeof Part>;

const Clause = z.string().nullish();

const Parts = z.object({
  query: Clause,
  source_container_id: z.number().nullish(),
  left_container_id: z.number().nullish(),
  right_container_id: z.number().nullish(),
  left_join_field_name: z.string().nullish(),
  right_join_field_name: z.string().nullish(),
  left_prefix: z.string().nullish(),
  right_prefix: z.string().nullish(),
  join_type: z.enum(["inner", "left", "right", "full", "left_semi", "left_anti"]).nullish(),
  select_clause: Clause,
  where_clause: Clause,
  group_by_clause: Clause,
  lateral_views: z.array(z.unknown()).nullish(),
  sources: z.array(z.looseObject({ container_id: z.number(), name: z.string().nullish(), alias: z.string().nullish() })).nullish(),
  containers: z.array(Part).default([]),
});
type Parts = z.infer<typeof Parts>;

export type Definition = { name: string; container_type: string; definition: Record<string, unknown> };

/** A container under the name a query has for it. */
export type Named = { as: string; part: Part };

/** A side of a join, and its fields. */
export type Side = { as: string; fields: readonly string[] };

export type Plan = {
  /** Containers that are named; null where the query may name any of its datastore. */
  named: Named[] | null;
  /** The query, once the fields of what is named are known. */
  query: (sides: readonly Side[], quote: (name: string) => string) => string;
};

const read = ({ name, definition }: Definition): Parts => {
  const parts = Parts.safeParse(definition);
  if (parts.success) return parts.data;
  throw userError("OPTION_INVALID", `definition of ${name}`, parts.error.issues[0]?.message ?? "it is not as it should be");
};

const required = (clause: string | null | undefined, what: string, { name }: Definition): string => {
  const text = clause?.trim().replace(/;\s*$/, "") ?? "";
  if (text === "") throw userError("OPTION_INVALID", `${what} of ${name}`, "it is empty");
  return text;
};

const partOf = (parts: Parts, id: number | null | undefined, { name }: Definition): Part => {
  const part = parts.containers.find((one) => one.id === id);
  if (part === undefined) throw userError("CONTAINER_UNKNOWN", `${id ?? "(none)"}, of which ${name} is made`, null);
  return part;
};

/** Each clause on lines of its own: a comment at the end of one does not swallow the next. */
const selectOf = ({ where_clause, group_by_clause }: Parts, select: string, from: string): string =>
  [
    `SELECT ${select}`,
    `FROM ${from}`,
    ...(where_clause?.trim() ? [`WHERE ${where_clause}`] : []),
    ...(group_by_clause?.trim() ? [`GROUP BY ${group_by_clause}`] : []),
  ].join("\n");

const tablePlan = (definition: Definition, parts: Parts): Plan => {
  const query = required(parts.query, "query", definition);
  return { named: null, query: () => query };
};

const filePlan = (definition: Definition, parts: Parts): Plan => {
  if (parts.lateral_views?.length)
    throw userError(
      "NOT_SUPPORTED",
      "a lateral view",
      "This dataplane",
      "unnest the list in the select clause of a computed table instead",
    );
  const part = partOf(parts, parts.source_container_id, definition);
  const select = required(parts.select_clause, "select clause", definition);
  return { named: [{ as: part.name, part }], query: (_sides, quote) => selectOf(parts, select, quote(part.name)) };
};

const JOINS = { inner: "JOIN", left: "LEFT JOIN", right: "RIGHT JOIN", full: "FULL JOIN" } as const;
const [LEFT, RIGHT] = ["left side", "right side"];

/** Fields of both sides side by side; a name that both have gets the prefix of its side. */
const joined = (parts: Parts, left: Side, right: Side, quote: (name: string) => string): string => {
  const on = `${quote(LEFT)}.${quote(parts.left_join_field_name ?? "")} = ${quote(RIGHT)}.${quote(parts.right_join_field_name ?? "")}`;
  const type = parts.join_type ?? "inner";
  if (type === "left_semi" || type === "left_anti")
    return `SELECT * FROM ${quote(LEFT)} WHERE ${type === "left_anti" ? "NOT " : ""}EXISTS (SELECT 1 FROM ${quote(RIGHT)} WHERE ${on})`;
  const columns = (side: Side, other: Side, prefix: string) =>
    side.fields.map((name) => {
      const isShared = other.fields.some((one) => one.toLowerCase() === name.toLowerCase());
      return `${quote(side.as)}.${quote(name)} AS ${quote(isShared ? `${prefix}${name}` : name)}`;
    });
  const all = [...columns(left, right, parts.left_prefix ?? "left_"), ...columns(right, left, parts.right_prefix ?? "right_")];
  return `SELECT ${all.join(", ")} FROM ${quote(LEFT)} ${JOINS[type]} ${quote(RIGHT)} ON ${on}`;
};

const joinPlan = (definition: Definition, parts: Parts): Plan => {
  if (parts.query?.trim()) {
    const query = required(parts.query, "query", definition);
    const named = (parts.sources ?? []).map(({ container_id, name, alias }) => {
      const part = partOf(parts, container_id, definition);
      return { as: alias ?? name ?? part.name, part };
    });
    return { named, query: () => query };
  }
  const select = required(parts.select_clause, "select clause", definition);
  return {
    named: [
      { as: LEFT, part: partOf(parts, parts.left_container_id, definition) },
      { as: RIGHT, part: partOf(parts, parts.right_container_id, definition) },
    ],
    query: ([left, right], quote) => selectOf(parts, select, `(${joined(parts, left!, right!, quote)}) AS ${quote("joined")}`),
  };
};

/** How a computed container is made. Throws OPTION_INVALID, NOT_SUPPORTED, CONTAINER_UNKNOWN. */
export const planOf = (definition: Definition): Plan => {
  const parts = read(definition);
  switch (definition.container_type) {
    case "computed_table":
      return tablePlan(definition, parts);
    case "computed_file":
      return filePlan(definition, parts);
    case "computed_join":
      return joinPlan(definition, parts);
    default:
      throw userError("NOT_SUPPORTED", definition.container_type, "this dataplane", "it is older than the control plane");
  }
};
