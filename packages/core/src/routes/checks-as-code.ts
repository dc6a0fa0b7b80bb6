import { z } from "zod";
import { CheckFilters } from "./checks.ts";
import { Flag, route, team, visible } from "./contract.ts";
import { Id } from "./lists.ts";

/** Most checks in one request. */
const IMPORT_MAX = 20_000;

const Problem = z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() });

/** What importing one check does, or would do. */
export const ImportedCheck = z
  .object({
    /** Its place in the list that was sent. */
    index: z.number().int(),
    outcome: z.enum(["created", "updated", "unchanged", "failed"]),
    uid: z.string().nullable(),
    /** Null for one that is not made (yet). */
    id: z.number().int().nullable(),
    container: z.string().nullable(),
    rule_type: z.string().nullable(),
    /** Before and after, by what changes. Defaults that are written out, the order of keys and of tags are no change. */
    changes: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
    problems: z.array(Problem),
  })
  .meta({ id: "ImportedCheck" });

const count = z.number().int();

/** A check by what stays of it wherever it is. */
const Named = z.object({ container: z.string(), uid: z.string() });

const Imported = z.object({
  dry_run: z.boolean(),
  created: count,
  updated: count,
  unchanged: count,
  failed: count,
  items: z.array(ImportedCheck),
});

export const checksAsCode = {
  export: route({
    method: "GET",
    path: "/quality-checks/export",
    summary: "Checks in the form in which they are written into files: other objects by name, with an identity that survives edits",
    needs: visible("Reporter"),
    query: CheckFilters,
    output: z.array(z.record(z.string(), z.unknown())),
  }),
  import: route({
    method: "POST",
    path: "/quality-checks/import",
    summary: "Makes the checks of a datastore what this list says, all or none; checks that it does not name stay. A dry run only tells",
    needs: team("Author", ["datastore", "query.datastore"]),
    query: z.object({ datastore: Id, dry_run: Flag.default(false) }),
    body: z.array(z.unknown()).min(1).max(IMPORT_MAX),
    output: Imported,
    audit: "check.import",
    // A dry run changes nothing and is not written down, so that the handler opens the transaction, where there is one.
    waits: true,
  }),
  replace: route({
    method: "POST",
    path: "/quality-checks/replace",
    summary:
      "Imports checks and archives others, all or nothing, provided that those that are expected are still as they were when they were compared",
    needs: team("Author", ["datastore", "query.datastore"]),
    query: z.object({ datastore: Id }),
    body: z.object({
      checks: z.array(z.unknown()).max(IMPORT_MAX),
      retired: z.array(Named).max(IMPORT_MAX).default([]),
      /** The form as it was exported; null where there was no such check, or an archived one. */
      expected: z
        .array(Named.extend({ form: z.record(z.string(), z.unknown()).nullable() }))
        .max(IMPORT_MAX * 2)
        .default([]),
    }),
    output: Imported.extend({ archived: count }),
    audit: "check.import",
    errors: ["CHECKS_CHANGED"],
  }),
};
