import { z } from "zod";
import { OperationResult } from "../model/work.ts";
import { Flag, many, route, team, type Route } from "./contract.ts";

const id = z.coerce.number().int().positive();

export const StartedExport = z
  .object({ id: z.number().int(), type: z.literal("export"), datastore_id: z.number().int(), result: OperationResult })
  .meta({ id: "StartedExport" });

const exported = <const P extends `/export/${string}`>(path: P, what: string) =>
  route({
    method: "POST",
    path,
    summary: `Writes the ${what} of a datastore to its enrichment datastore, in an operation`,
    needs: team("Editor", ["datastore", "query.datastore"]),
    query: z.object({ datastore: id, containers: many(id).optional(), include_deleted: Flag.optional() }),
    output: StartedExport,
    status: 202,
    audit: "export.start",
    errors: ["OBJECT_STATE_WRONG"],
  }) satisfies Route;

export const exports = {
  anomalies: exported("/export/anomalies", "anomalies"),
  checks: exported("/export/checks", "checks"),
  fieldProfiles: exported("/export/field-profiles", "statistics of the fields"),
  /** Templates belong to no datastore, so the one they are written to is named. */
  checkTemplates: route({
    method: "POST",
    path: "/export/check-templates",
    summary: "Writes the check templates to an enrichment datastore, in an operation",
    needs: team("Editor", ["datastore", "query.enrich_datastore_id"]),
    query: z.object({ enrich_datastore_id: id, template_ids: many(id).optional() }),
    audit: "export.start",
    errors: ["OBJECT_STATE_WRONG"],
  }),
};
