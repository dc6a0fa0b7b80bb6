/** The containers that checks are bound to, as the metadata store knows them. */
import { z } from "zod";
import { UserError } from "@touchstone/core/errors";
import { nullLiteral, type Literal } from "@touchstone/core/expr/expr";
import { variableLiteral } from "@touchstone/core/expr/variables";
import type { Container } from "@touchstone/core/model/container";
import { FieldType, type Field } from "@touchstone/core/model/field";
import type { Database } from "../store/database.ts";
import type { Mapping } from "../store/tables.ts";

export type Home = {
  containerId: number;
  datastoreId: number;
  container: Container;
  /** Names of the fields whose values are not shown. */
  masked: string[];
  /** Defaults of check variables stand in it. */
  metadata: Mapping;
};

const Settings = z.object({
  incremental_field_name: z.string().nullish().catch(null),
  partition_field: z.string().nullish().catch(null),
});

/** Fields that take part: what is missing in the source or was excluded cannot be checked. */
const TAKING_PART = ["Active", "Masked"];

const KINDS: Readonly<Record<string, Container["kind"]>> = { view: "view", file: "file", computed_file: "file" };

const fieldOf = (row: {
  name: string;
  field_type: string;
  native_type: string;
  nullable: boolean;
  type_declared: boolean;
  status: string;
}): Field => ({
  name: row.name,
  field_type: FieldType.catch("Unknown").parse(row.field_type),
  native_type: row.native_type,
  nullable: row.nullable,
  type_declared: row.type_declared,
  masked: row.status === "Masked",
});

/** Fields by container, in their order. */
export const fieldsOf = async (db: Database, containerIds: readonly number[]): Promise<Map<number, Field[]>> => {
  const byContainer = new Map<number, Field[]>(containerIds.map((id) => [id, []]));
  if (containerIds.length === 0) return byContainer;
  const rows = await db
    .selectFrom("field")
    .where("container_id", "in", containerIds)
    .where("status", "in", TAKING_PART)
    .orderBy("container_id")
    .orderBy("position")
    .select(["container_id", "name", "field_type", "native_type", "nullable", "type_declared", "status"])
    .execute();
  for (const row of rows) byContainer.get(row.container_id)?.push(fieldOf(row));
  return byContainer;
};

/** The containers by id; those that are not there are left out. */
export const homesOf = async (db: Database, containerIds: readonly number[]): Promise<Map<number, Home>> => {
  if (containerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("container")
    .where("id", "in", containerIds)
    .select(["id", "datastore_id", "name", "container_type", "settings", "additional_metadata"])
    .execute();
  const fields = await fieldsOf(db, containerIds);
  return new Map(
    rows.map((row) => {
      const settings = Settings.parse(row.settings);
      const own = fields.get(row.id) ?? [];
      const container: Container = {
        name: row.name,
        kind: KINDS[row.container_type] ?? "table",
        fields: own,
        keys: [],
        partitions: [],
        incremental_field: settings.incremental_field_name ?? null,
        partition_field: settings.partition_field ?? null,
        rejected_lines: 0,
        modified_at: null,
      };
      const masked = own.filter((field) => field.masked).map(({ name }) => name);
      return [row.id, { containerId: row.id, datastoreId: row.datastore_id, container, masked, metadata: row.additional_metadata }];
    }),
  );
};

const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

/** A constant as text, where it is one. */
const constantOf = (given: unknown): { text: string; literal: Literal } | null => {
  if (typeof given !== "string" && typeof given !== "number" && typeof given !== "boolean") return null;
  try {
    return { text: String(given), literal: variableLiteral(String(given)) };
  } catch (thrown) {
    if (thrown instanceof UserError) return null;
    throw thrown;
  }
};

const namesIn = (texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(VARIABLE)].map((match) => match[1]!))),
];

const defaultOf = (metadata: Mapping, name: string) => constantOf(Object.hasOwn(metadata, name) ? metadata[name] : null);

/**
 * Check variables that texts name, with the container's defaults. Values come with the scan, so that here one without a
 * default stands for NULL, which fits everywhere.
 */
export const variablesIn = (texts: readonly string[], metadata: Mapping): Record<string, Literal> =>
  Object.fromEntries(namesIn(texts).map((name) => [name, defaultOf(metadata, name)?.literal ?? nullLiteral]));

/** The container's defaults of the variables that texts name, as they are given to a scan. */
export const defaultsIn = (texts: readonly string[], metadata: Mapping): Record<string, string> =>
  Object.fromEntries(
    namesIn(texts).flatMap((name) => {
      const constant = defaultOf(metadata, name);
      return constant === null ? [] : [[name, constant.text]];
    }),
  );
