import { z } from "zod";
import { Field } from "./field.ts";

export const ContainerKind = z.enum(["table", "view", "file"]);

/** A physical slice of a container: one file of a group, or the whole of a table. */
export const Partition = z.object({
  name: z.string(),
  bytes: z.number().int().nullable().default(null),
  modified_at: z.string().nullable().default(null),
});
export type Partition = z.infer<typeof Partition>;

/** A table, a view, or a group of files of one shape. */
export const Container = z.object({
  name: z.string().min(1),
  kind: ContainerKind,
  fields: z.array(Field),
  /** Key field sets the source declares, the primary key first. */
  keys: z.array(z.array(z.string())).default([]),
  partitions: z.array(Partition).default([]),
  /** Field whose growing values mark new rows; guessed by sync, overridable. */
  incremental_field: z.string().nullable().default(null),
  partition_field: z.string().nullable().default(null),
  /** Source lines that could not be read as rows (ragged, wrongly encoded). */
  rejected_lines: z.number().int().default(0),
  /** When the source last changed, ISO 8601 UTC, where it can tell. */
  modified_at: z.string().nullable().default(null),
});
export type Container = z.infer<typeof Container>;
