import { z } from "zod";
import { many, route, team, visible, ID } from "./contract.ts";
import { Id } from "./lists.ts";
import { PersonMention } from "./mentions.ts";
import { Reference } from "./naming.ts";

export const Activity = z
  .object({
    noun: z.enum(["operation", "check", "anomaly"]),
    id: z.number().int(),
    at: z.string(),
    /** queued, running, success … of an operation; created, updated or archived of a check; an event of an anomaly. */
    event: z.string(),
    /** Kind of the operation, description of the check, message of the anomaly. */
    name: z.string(),
    user: PersonMention.nullable(),
    datastore: Reference,
    container: Reference.nullable(),
  })
  .meta({ id: "Activity" });

const count = z.number().int();

export const ContainerCounts = z
  .object({
    open_anomalies: count,
    checks: z.object({ active: count, draft: count, archived: count }),
    /** Of the active ones. */
    asserted: z.object({ passed: count, failed: count, unasserted: count, never: count }),
  })
  .meta({ id: "ContainerCounts" });

/** Most lines: it is read by people. */
const LINES_MAX = 200;

export const activity = {
  list: route({
    method: "GET",
    path: "/activity",
    summary: "What happened lately: operations, checks that people changed, what people did about anomalies; the latest first",
    needs: visible("Reporter"),
    query: z.object({ datastore: many(Id).optional(), size: z.coerce.number().int().min(1).max(LINES_MAX).default(50) }),
    output: z.object({ items: z.array(Activity) }),
  }),
  counts: route({
    method: "GET",
    path: "/containers/{id}/counts",
    summary: "Open anomalies of a container, and its checks by state",
    needs: team("Reporter", ["container", "params.id"]),
    params: ID,
    output: ContainerCounts,
  }),
};
