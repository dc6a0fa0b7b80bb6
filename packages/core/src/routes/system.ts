import { z } from "zod";
import { PUBLIC, role, route } from "./contract.ts";

export const Health = z.object({ status: z.enum(["ok", "starting", "draining"]) }).meta({ id: "Health" });

export const Status = z
  .object({
    status: z.literal("ok"),
    version: z.string(),
    /** Version of the API, which changes only with it: docs/api-changes.md. */
    api_version: z.string(),
    /** Whether the first administrator is still to be made. */
    setup_needed: z.boolean(),
    now: z.string(),
  })
  .meta({ id: "Status" });

export const AuditEntry = z
  .object({
    id: z.number().int(),
    at: z.string(),
    user_email: z.string().nullable(),
    event: z.string(),
    object: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
    request_id: z.string().nullable(),
    /** Digest of the entry before, and of this one with it. */
    previous_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditEntry" });

export const AuditVerified = z
  .object({
    whole: z.boolean(),
    /** Entries that follow one from another. */
    entries: z.number().int(),
    /** Digest of the last of them. */
    head: z.string(),
    first_break: z.object({ id: z.number().int(), reason: z.string() }).nullable(),
  })
  .meta({ id: "AuditVerified" });

export const system = {
  health: route({ method: "GET", path: "/health", summary: "Whether this process answers", needs: PUBLIC, output: Health }),
  status: route({ method: "GET", path: "/status", summary: "What this installation is", needs: PUBLIC, output: Status }),
  audit: route({
    method: "GET",
    path: "/audit",
    summary: "Who did what, the oldest first, after an entry; each carries the digest of the one before it",
    needs: role("Admin"),
    query: z.object({ after: z.coerce.number().int().min(0).default(0), size: z.coerce.number().int().min(1).max(10_000).default(1000) }),
    output: z.object({ items: z.array(AuditEntry) }),
  }),
  verifyAudit: route({
    method: "GET",
    path: "/audit/verify",
    summary: "Walks the chain of the audit log; an entry that was exported earlier tells whether the end was cut off since",
    needs: role("Admin"),
    query: z.object({ id: z.coerce.number().int().positive().optional(), hash: z.string().length(64).optional() }),
    output: AuditVerified,
  }),
};
