import { z } from "zod";

/** What a field holds, independent of any engine. `Unknown` fields accept only rules that apply to every type. */
export const FieldType = z.enum(["Unknown", "Integral", "Fractional", "Boolean", "String", "Date", "Timestamp", "Array", "Struct"]);
export type FieldType = z.infer<typeof FieldType>;

export const NUMERIC_TYPES: readonly FieldType[] = ["Integral", "Fractional"];
export const TEMPORAL_TYPES: readonly FieldType[] = ["Date", "Timestamp"];

/** A column of a container. `native_type` is the engine's own word for the type, kept for people to read. */
export const Field = z.object({
  name: z.string().min(1),
  field_type: FieldType,
  native_type: z.string().default(""),
  nullable: z.boolean().default(true),
  /** Declared by the source (a database, Parquet) or read off the values (CSV, JSON). */
  type_declared: z.boolean().default(true),
  /** Element type of an Array, else absent. */
  element_type: FieldType.optional(),
  /** A masked field is counted but its values never leave the engine. */
  masked: z.boolean().default(false),
});
export type Field = z.infer<typeof Field>;
