/** What a container is made of, by its kind: what is sent to make and to change one. */
import { z } from "zod";
import { Description, Metadata, Name, Names } from "./naming.ts";

export const ContainerType = z.enum(["table", "view", "file", "computed_table", "computed_file", "computed_join"]);
export type ContainerType = z.infer<typeof ContainerType>;

/** How an incremental scan knows new rows: by a moment, by a growing number, or by what the database itself counts. */
export const IncrementalIdentifier = z.enum(["last-modified", "batch-value", "postgresql"]);
export const JoinType = z.enum(["inner", "left", "right", "full", "left_semi", "left_anti"]);

/** Characters of a query; a longer one is a program. */
const QUERY_MAX = 100_000;
const LIST_MAX = 1000;

const sql = z.string().trim().min(1).max(QUERY_MAX);
const clause = sql.nullish();
const id = z.number().int().positive();
const fieldName = z.string().min(1).max(1000);

const settings = {
  incremental_field_name: fieldName.nullish(),
  incremental_identifier_type: IncrementalIdentifier.nullish(),
  partition_field: fieldName.nullish(),
  /** Profiled, and its checks inferred, once for each combination of values of each list. */
  group_by_fields: z.array(z.array(fieldName).min(1).max(10)).max(LIST_MAX).nullish(),
  exclude_fields: z.array(fieldName).max(LIST_MAX).nullish(),
  infer_datatypes: z.boolean().nullish(),
  treat_empty_as_null: z.boolean().nullish(),
  line_identifier_field: fieldName.nullish(),
  volumetric_tracking_enabled: z.boolean().nullish(),
  freshness_tracking_enabled: z.boolean().nullish(),
};
const fileSettings = { ...settings, escape_character: z.string().length(1).nullish(), has_header: z.boolean().nullish() };

/** What people say about a container of any kind. */
const about = { description: Description.nullish(), tags: Names.nullish(), additional_metadata: Metadata.nullish() };

const tableParts = { query: sql };
const fileParts = {
  source_container_id: id,
  select_clause: sql,
  where_clause: clause,
  group_by_clause: clause,
  lateral_views: z.array(z.unknown()).max(LIST_MAX).nullish(),
};
const joinParts = {
  left_container_id: id.nullish(),
  right_container_id: id.nullish(),
  left_join_field_name: fieldName.nullish(),
  right_join_field_name: fieldName.nullish(),
  left_prefix: z.string().max(50).nullish(),
  right_prefix: z.string().max(50).nullish(),
  join_type: JoinType.nullish(),
  select_clause: clause,
  where_clause: clause,
  group_by_clause: clause,
  /** In place of two sides: a query over containers, each under a name. */
  query: clause,
  sources: z
    .array(z.looseObject({ container_id: id }))
    .min(1)
    .max(100)
    .nullish(),
};

type Join = {
  left_container_id?: unknown;
  right_container_id?: unknown;
  left_join_field_name?: unknown;
  right_join_field_name?: unknown;
  select_clause?: unknown;
  query?: unknown;
  sources?: unknown;
};
const isWhole = (join: Join): boolean =>
  join.query
    ? Boolean(join.sources)
    : Boolean(
        join.left_container_id && join.right_container_id && join.left_join_field_name && join.right_join_field_name && join.select_clause,
      );

const kind = <const T extends ContainerType>(type: T) => ({ container_type: z.literal(type) });

const ComputedTableInput = z.object({ ...kind("computed_table"), name: Name, datastore_id: id, ...tableParts, ...settings, ...about });
const ComputedFileInput = z.object({ ...kind("computed_file"), name: Name, datastore_id: id, ...fileParts, ...settings, ...about });
const ComputedJoinInput = z
  .object({ ...kind("computed_join"), name: Name, datastore_id: id.nullish(), ...joinParts, ...settings, ...about })
  .refine(isWhole, "a join names two containers, the field of each that they meet on and a select clause; or a query and its sources");

/** A new container: only computed ones are made here, the others are found by sync. */
export const ContainerInput = z
  .discriminatedUnion("container_type", [ComputedTableInput, ComputedFileInput, ComputedJoinInput])
  .meta({ id: "ContainerInput" });
export type ContainerInput = z.output<typeof ContainerInput>;

/** Names of the parts that make a computed container; all else about it are settings. */
export const DEFINITION_PARTS: Readonly<Record<ContainerType, readonly string[]>> = {
  table: [],
  view: [],
  file: [],
  computed_table: Object.keys(tableParts),
  computed_file: Object.keys(fileParts),
  computed_join: Object.keys(joinParts),
};
export const SETTINGS: readonly string[] = Object.keys(fileSettings);

const named = { name: Name.optional(), force_drop_fields: z.boolean().default(false) };

/** A changed container: what is not named stays as it is, null takes a setting away. The kind itself never changes. */
export const ContainerChanges = z
  .discriminatedUnion("container_type", [
    z.object({ ...kind("table"), ...settings, ...about }),
    z.object({ ...kind("view"), ...settings, ...about }),
    z.object({ ...kind("file"), ...fileSettings, ...about }),
    z.object({ ...kind("computed_table"), ...named, ...z.object(tableParts).partial().shape, ...settings, ...about }),
    z.object({ ...kind("computed_file"), ...named, ...z.object(fileParts).partial().shape, ...settings, ...about }),
    z.object({ ...kind("computed_join"), ...named, ...joinParts, ...settings, ...about }),
  ])
  .meta({ id: "ContainerChanges" });
export type ContainerChanges = z.output<typeof ContainerChanges>;

const shown = <T extends z.ZodType>(type: T) => type.nullable().optional();

/** Settings as they are answered; those that were never set are absent. */
export const ContainerSettings = z.object({
  incremental_field_name: shown(z.string()),
  incremental_identifier_type: shown(IncrementalIdentifier),
  partition_field: shown(z.string()),
  group_by_fields: shown(z.array(z.array(z.string()))),
  exclude_fields: shown(z.array(z.string())),
  infer_datatypes: shown(z.boolean()),
  treat_empty_as_null: shown(z.boolean()),
  line_identifier_field: shown(z.string()),
  volumetric_tracking_enabled: shown(z.boolean()),
  freshness_tracking_enabled: shown(z.boolean()),
  escape_character: shown(z.string()),
  has_header: shown(z.boolean()),
});

/** Parts of computed containers as they are answered; those of other kinds are absent. */
export const ContainerDefinition = z.object({
  query: shown(z.string()),
  source_container_id: shown(z.number().int()),
  select_clause: shown(z.string()),
  where_clause: shown(z.string()),
  group_by_clause: shown(z.string()),
  lateral_views: shown(z.array(z.unknown())),
  left_container_id: shown(z.number().int()),
  right_container_id: shown(z.number().int()),
  left_join_field_name: shown(z.string()),
  right_join_field_name: shown(z.string()),
  left_prefix: shown(z.string()),
  right_prefix: shown(z.string()),
  join_type: shown(JoinType),
  sources: shown(z.array(z.looseObject({ container_id: z.number().int() }))),
});
