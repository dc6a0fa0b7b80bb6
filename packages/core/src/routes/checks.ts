import { z } from "zod";
import { Evidence, NullPolicy } from "../model/check.ts";
import { ErrorInfo } from "../model/report.ts";
import { RuleSpecification } from "../rules/specification.ts";
import { Flag, ID, many, pageOf, Paging, route, SIGNED_IN, team, visible } from "./contract.ts";
import { Archived, bulk, Direction, Id, Search } from "./lists.ts";
import { ContainerMention, FieldMention, PersonMention } from "./mentions.ts";
import { Description, Metadata, Names, Reference } from "./naming.ts";
import { Tag } from "./tags.ts";

/** Active ones are asserted by scans, drafts are not. An archived one was wrong (Invalid) or is not wanted (Discarded). */
export const CheckState = z.enum(["Active", "Draft", "Invalid", "Discarded"]);
/** As it may be asked for: `Archived` without a reason means Discarded. */
const AskedState = z.enum([...CheckState.options, "Archived"]);
export const ArchivedCheckState = z.enum(["Invalid", "Discarded"]);
export const AssertedState = z.enum(["passed", "failed", "unasserted", "not_asserted"]);

/** Longest expression; a parsed one is a tree in memory. */
const EXPRESSION_CHARACTERS_MAX = 50_000;
const expression = z.string().max(EXPRESSION_CHARACTERS_MAX);
/** Characters of the properties as JSON: a list of expected values may be long. */
const PROPERTIES_CHARACTERS_MAX = 2_000_000;

const Properties = z
  .record(z.string().max(200), z.unknown())
  .refine((given) => JSON.stringify(given).length <= PROPERTIES_CHARACTERS_MAX, `at most ${PROPERTIES_CHARACTERS_MAX} characters`);

/** A person by id; null or 0 is nobody. */
const PersonId = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable();

/** What of a check can be changed later. Texts and objects are taken as clients read them: a field or a tag by name or as an object. */
export const content = {
  fields: Names,
  description: Description.nullable(),
  coverage: z.number().nullable(),
  filter: expression.nullable(),
  properties: Properties.nullable(),
  null_policy: NullPolicy,
  anomaly_message_field: z.string().max(200).nullable(),
};
export const organisation = {
  tags: Names.nullable(),
  additional_metadata: Metadata.nullable(),
  status: AskedState,
  owner_id: PersonId,
  default_anomaly_assignee_id: PersonId,
};
export const rule = { rule: z.string().max(200), rule_type: z.string().max(200) };

export const CheckInput = z
  .object({
    container_id: Id,
    template_id: Id.nullable().optional(),
    ...z.object({ ...rule, ...content, ...organisation }).partial().shape,
  })
  .meta({ id: "CheckInput" });

/** A changed check: what is not named stays. Its container and rule may be repeated, not changed. */
export const CheckChanges = z
  .object({ ...rule, container_id: Id, ...content, ...organisation })
  .partial()
  .meta({ id: "CheckChanges" });

export const Check = z
  .object({
    id: z.number().int(),
    uid: z.string(),
    rule_type: z.string(),
    description: z.string(),
    fields: z.array(FieldMention),
    /** Null for a template. */
    container: ContainerMention.nullable(),
    datastore: Reference.nullable(),
    coverage: z.number().nullable(),
    filter: z.string().nullable(),
    properties: z.record(z.string(), z.unknown()),
    null_policy: NullPolicy,
    anomaly_message_field: z.string().nullable(),
    additional_metadata: z.record(z.string(), z.unknown()),
    status: CheckState,
    archived: z.boolean(),
    deleted_at: z.string().nullable(),
    inferred: z.boolean(),
    evidence: Evidence.nullable(),
    is_new: z.boolean(),
    /** How its last assertion ended; null before the first. */
    last_status: z.string().nullable(),
    is_passing: z.boolean().nullable(),
    has_passed: z.boolean().nullable(),
    last_asserted: z.string().nullable(),
    last_error: ErrorInfo.nullable(),
    weight: z.number().int(),
    /** Open anomalies. */
    anomaly_count: z.number().int(),
    global_tags: z.array(Tag),
    /** What its container and datastore carry. */
    inherited_tags: z.array(Tag),
    owner_id: z.number().int().nullable(),
    owner: PersonMention.nullable(),
    default_anomaly_assignee_id: z.number().int().nullable(),
    default_anomaly_assignee: PersonMention.nullable(),
    last_editor: PersonMention.nullable(),
    version: z.number().int(),
    is_template: z.boolean(),
    template_id: z.number().int().nullable(),
    /** For a template whether it is locked, for a check whether its template is. */
    template_locked: z.boolean(),
    /** Checks made from it, for a template. */
    template_checks_count: z.number().int(),
    created: z.string(),
    updated: z.string(),
  })
  .meta({ id: "Check" });

const filters = {
  datastore: many(Id).optional(),
  container: many(Id).optional(),
  /** By id or by name. */
  field: many(z.string().max(200)).optional(),
  tag: many(z.string().max(200)).optional(),
  status: many(AskedState).optional(),
  rule_type: many(z.string().max(200)).optional(),
  template: many(Id).optional(),
  template_only: Flag.optional(),
  template_locked: Flag.optional(),
  archived: Archived.optional(),
  asserted_state: many(AssertedState).optional(),
  inferred: Flag.optional(),
  owner: many(Id).optional(),
  search: Search.optional(),
};
export const CheckFilters = z.object(filters);

const CheckList = Paging.extend({
  ...filters,
  sort_created: Direction.optional(),
  sort_weight: Direction.optional(),
  sort_anomalies: Direction.optional(),
  sort_last_asserted: Direction.optional(),
});

export const CheckLine = Check.pick({ id: true, uid: true, rule_type: true, description: true, status: true })
  .extend({ container_id: z.number().int().nullable(), fields: z.array(z.string()) })
  .meta({ id: "CheckLine" });

/** What becomes of a check that is taken away. */
const removal = {
  archive: z.boolean(),
  status: z.enum([...ArchivedCheckState.options, "Archived"]),
  /** Its open anomalies go with it: archived with an archived check, deleted with a deleted one. */
  delete_anomalies: z.boolean(),
};
const Removal = z.object({
  archive: Flag.default(true),
  status: removal.status.default("Discarded"),
  delete_anomalies: Flag.default(false),
});

export const CheckRevision = z
  .object({
    version: z.number().int(),
    created: z.string(),
    user: PersonMention.nullable(),
    /** Before and after, by what changed; empty for the first version. */
    changeset: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
  })
  .meta({ id: "CheckRevision" });

export const CheckAssertion = z
  .object({
    id: z.number().int(),
    operation_id: z.number().int(),
    status: z.string(),
    asserted_records: z.number().int().nullable(),
    anomalous_records: z.number().int().nullable(),
    measured: z.number().nullable(),
    created: z.string(),
  })
  .meta({ id: "CheckAssertion" });

/** Rows a dry run looks at where nobody says. */
const DRY_RUN_ROWS = 10_000;
const DRY_RUN_ROWS_MAX = 1_000_000;

const DryRunOptions = z.object({
  /** -1 for all. */
  max_records_analyzed_per_partition: z.number().int().min(-1).max(DRY_RUN_ROWS_MAX).default(DRY_RUN_ROWS),
  check_variables: z.record(z.string().max(200), z.string().max(1000)).default({}),
});

export const DryRunResult = z
  .object({
    status: z.string().nullable(),
    asserted_records: z.number().int().nullable(),
    anomalous_records: z.number().int().nullable(),
    message: z.string().nullable(),
    error: ErrorInfo.nullable(),
    examples: z.object({ fields: z.array(z.string()), rows: z.array(z.array(z.unknown())), truncated: z.boolean() }),
  })
  .meta({ id: "DryRunResult" });

const ONE = ["check", "params.id"] as const;
const EACH = ["check", "body.*.id"] as const;
const HOME = ["container", "body.container_id"] as const;

export const checks = {
  list: route({
    method: "GET",
    path: "/quality-checks",
    summary: "The checks, the oldest first",
    needs: visible("Reporter"),
    query: CheckList,
    output: pageOf(Check),
  }),
  listing: route({
    method: "GET",
    path: "/quality-checks/listing",
    summary: "The checks, in one line each",
    needs: visible("Reporter"),
    query: CheckFilters,
    output: z.array(CheckLine),
  }),
  rules: route({
    method: "GET",
    path: "/quality-checks/specifications/rules",
    summary: "The rules: the fields and properties each takes",
    needs: SIGNED_IN,
    output: z.array(RuleSpecification),
  }),
  validate: route({
    method: "POST",
    path: "/quality-checks/validate",
    summary: "Whether a check fits its container: everything is read and typed, nothing is run",
    needs: team("Author", HOME),
    body: CheckInput,
    output: z.object({ valid: z.literal(true), uid: z.string(), fields: z.array(z.string()), description: z.string() }),
  }),
  tryOut: route({
    method: "POST",
    path: "/quality-checks/dry-run",
    summary: "What a check that is not saved would find, without consequences",
    needs: team("Author", HOME),
    body: CheckInput.extend(DryRunOptions.shape),
    output: DryRunResult,
    errors: ["DATAPLANE_ABSENT", "DATAPLANE_SILENT"],
  }),
  create: route({
    method: "POST",
    path: "/quality-checks",
    summary: "A new check; an active one needs the permission Author",
    needs: team("Drafter", HOME),
    body: CheckInput,
    output: Check,
    status: 201,
    audit: "check.create",
  }),
  get: route({
    method: "GET",
    path: "/quality-checks/{id}",
    summary: "One check",
    needs: team("Reporter", ONE),
    params: ID,
    output: Check,
  }),
  update: route({
    method: "PUT",
    path: "/quality-checks/{id}",
    summary: "Changes a check; what it was is kept. Changing the content of an inferred one makes it its editor's own",
    needs: team("Drafter", ONE),
    params: ID,
    body: CheckChanges,
    output: Check,
    audit: "check.update",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  delete: route({
    method: "DELETE",
    path: "/quality-checks/{id}",
    summary: "Archives a check, or deletes it",
    needs: team("Author", ONE),
    params: ID,
    query: Removal,
    audit: "check.delete",
  }),
  deleteMany: route({
    method: "DELETE",
    path: "/quality-checks",
    summary: "Archives or deletes checks",
    needs: team("Author", EACH),
    body: bulk(
      z.object({
        id: Id,
        archive: removal.archive.default(true),
        status: removal.status.default("Discarded"),
        delete_anomalies: removal.delete_anomalies.default(false),
      }),
    ),
    audit: "check.delete-many",
  }),
  updateMany: route({
    method: "PATCH",
    path: "/quality-checks",
    summary: "Activates, drafts, archives, describes, tags or hands over checks",
    needs: team("Drafter", EACH),
    body: bulk(z.object({ id: Id, description: content.description.optional(), ...z.object(organisation).partial().shape })),
    output: z.object({ updated: z.number().int() }),
    audit: "check.update-many",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  history: route({
    method: "GET",
    path: "/quality-checks/{id}/history",
    summary: "The versions of a check with what changed, the newest first",
    needs: team("Reporter", ONE),
    params: ID,
    query: Paging,
    output: pageOf(CheckRevision),
  }),
  assertions: route({
    method: "GET",
    path: "/quality-checks/{id}/assertions",
    summary: "How a check was judged, the latest first",
    needs: team("Reporter", ONE),
    params: ID,
    query: Paging.extend({ status: many(z.enum(["passed", "failed", "unasserted"])).optional() }),
    output: pageOf(CheckAssertion),
  }),
  measurements: route({
    method: "GET",
    path: "/quality-checks/{id}/measurements",
    summary: "What a check has measured, the latest first",
    needs: team("Reporter", ONE),
    params: ID,
    query: Paging,
    output: pageOf(z.object({ operation_id: z.number().int(), at: z.string(), value: z.number() })),
  }),
  dryRun: route({
    method: "POST",
    path: "/quality-checks/{id}/dry-run",
    summary: "What a saved check would find now, without consequences",
    needs: team("Author", ONE),
    params: ID,
    body: DryRunOptions,
    output: DryRunResult,
    errors: ["DATAPLANE_ABSENT", "DATAPLANE_SILENT"],
  }),
};
