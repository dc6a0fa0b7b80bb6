/**
 * Dataplanes: who they are (for administrators), and the protocol they speak. A dataplane dials out and the control plane never
 * does: it enrols once, says hello, polls for work, and tells of it under the fence of its lease.
 */
import { z } from "zod";
import { ContainerResult, ExportPage, WorkContainer, WorkItem } from "../model/dataplane.ts";
import { ErrorInfo } from "../model/report.ts";
import { DATAPLANE, ID, pageOf, Paging, PUBLIC, role, route } from "./contract.ts";

const Name = z.string().trim().min(1).max(100);

export const Dataplane = z
  .object({
    id: z.number().int(),
    name: z.string(),
    version: z.string().nullable(),
    /** invited until it has enrolled; silent when it has not been heard of for three heartbeats. */
    status: z.enum(["invited", "connected", "silent", "revoked"]),
    capabilities: z.record(z.string(), z.unknown()),
    last_seen: z.string().nullable(),
    /** Datastores that only it may work on. */
    datastores_count: z.number().int(),
    created: z.string(),
  })
  .meta({ id: "Dataplane" });

/** A code is shown once, and works once. */
export const EnrolmentCode = z
  .object({ id: z.number().int(), name: z.string(), code: z.string(), expires_at: z.string() })
  .meta({ id: "EnrolmentCode" });

export const dataplanes = {
  list: route({
    method: "GET",
    path: "/dataplanes",
    summary: "The dataplanes, in order of their names",
    needs: role("Admin"),
    query: Paging,
    output: pageOf(Dataplane),
  }),
  invite: route({
    method: "POST",
    path: "/dataplanes",
    summary: "A code with which a dataplane of that name enrols, within an hour; for a known name, a new token for it",
    needs: role("Admin"),
    body: z.object({ name: Name }),
    output: EnrolmentCode,
    status: 201,
    audit: "dataplane.invite",
    secret: true,
  }),
  rename: route({
    method: "PUT",
    path: "/dataplanes/{id}",
    summary: "Gives a dataplane another name; datastores pinned to it stay so",
    needs: role("Admin"),
    params: ID,
    body: z.object({ name: Name }),
    output: Dataplane,
    audit: "dataplane.rename",
    errors: ["OBJECT_EXISTS"],
  }),
  revoke: route({
    method: "DELETE",
    path: "/dataplanes/{id}",
    summary: "Takes a dataplane's token away: it stops at once, and its work is given to another",
    needs: role("Admin"),
    params: ID,
    audit: "dataplane.revoke",
  }),
};

// ── The protocol ────────────────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds a poll may wait for work: below the minute after which proxies close what is silent. */
export const POLL_WAIT_MS_MAX = 30_000;

const Work = z.object({ id: z.uuid() });
const fenced = { fence: z.number().int().min(0) };

export const Hello = z.object({
  /** Of the program, for people. */
  version: z.string().max(100),
  protocol: z.number().int(),
  capabilities: z.record(z.string(), z.unknown()).default({}),
  /** Operations it works on at a time. */
  capacity: z.number().int().min(0).max(1000).default(1),
  /** Kinds of connection it can open. */
  connectors: z.array(z.string().max(100)).max(100).default([]),
});

export const Welcome = z
  .object({
    name: z.string(),
    enabled: z.boolean(),
    /** Why it is not enabled, for people. */
    reason: z.string().nullable(),
    protocol: z.number().int(),
    protocol_oldest: z.number().int(),
    poll_wait_ms: z.number().int(),
    heartbeat_ms: z.number().int(),
    /** Without a heartbeat for so long, the work is given to another. */
    lease_ms: z.number().int(),
    now: z.string(),
  })
  .meta({ id: "Welcome" });
export type Welcome = z.infer<typeof Welcome>;

/** How far the work is, and in which container. */
export const Step = z.object({ container: z.string().max(1000).nullable(), phase: z.string().max(50), fraction: z.number().min(0).max(1) });

/** Containers told of in one message; more go in further ones. */
export const RESULTS_MAX = 200;

export const protocol = {
  enrol: route({
    method: "POST",
    path: "/dataplane/enrol",
    summary: "Exchanges the one-time code for a token",
    needs: PUBLIC,
    body: z.object({ code: z.string().max(200) }),
    output: z.object({ id: z.number().int(), name: z.string(), token: z.string() }),
    audit: "dataplane.enrol",
    errors: ["NOT_ALLOWED"],
  }),
  hello: route({
    method: "POST",
    path: "/dataplane/hello",
    summary: "A dataplane says what it is and hears how to behave",
    needs: DATAPLANE,
    body: Hello,
    output: Welcome,
  }),
  claim: route({
    method: "POST",
    path: "/dataplane/claim",
    summary: "Waits for work; without any the answer is null",
    needs: DATAPLANE,
    body: z.object({
      wait_ms: z.number().int().min(0).max(POLL_WAIT_MS_MAX).default(POLL_WAIT_MS_MAX),
      /** Only questions, when it is full of operations. */
      only: z.enum(["questions"]).nullish(),
    }),
    output: z.object({ work: WorkItem.nullable() }),
    polls: true,
  }),
  open: route({
    method: "POST",
    path: "/dataplane/work/{id}/open",
    summary: "A container whose turn has come: its checks, fields and checkpoint of this moment",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, container_id: z.number().int() }),
    /** Null when it was deleted meanwhile. */
    output: z.object({ container: WorkContainer.nullable() }),
    errors: ["LEASE_LOST"],
  }),
  export: route({
    method: "POST",
    path: "/dataplane/work/{id}/export",
    summary: "A part of what an export is to write",
    needs: DATAPLANE,
    params: Work,
    /** `after` is what the part before said comes next; null for the first. */
    body: z.object({ ...fenced, after: z.number().int().nullable() }),
    output: ExportPage,
    errors: ["LEASE_LOST"],
  }),
  rows: route({
    method: "POST",
    path: "/dataplane/work/{id}/rows",
    summary: "Rows that came with an external scan, sealed for the key that is named; asked again while they have not come",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, public_key: z.string().max(200) }),
    /** Gone when nobody holds them any more. */
    output: z.object({ sealed: z.string().nullable(), gone: z.boolean() }),
    errors: ["LEASE_LOST"],
  }),
  progress: route({
    method: "POST",
    path: "/dataplane/work/{id}/progress",
    summary: "Heartbeat, and how far the work is; hears whether it shall stop",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, step: Step.nullish(), total_containers: z.number().int().min(0).nullish() }),
    output: z.object({ abort: z.boolean() }),
    errors: ["LEASE_LOST"],
  }),
  results: route({
    method: "POST",
    path: "/dataplane/work/{id}/results",
    summary: "Finished containers, stored at once; told twice, they are stored once",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, results: z.array(ContainerResult).max(RESULTS_MAX) }),
    output: z.object({ stored: z.number().int(), abort: z.boolean().default(false) }),
    errors: ["LEASE_LOST"],
  }),
  answer: route({
    method: "POST",
    path: "/dataplane/work/{id}/answer",
    summary: "The answer to a question, sealed for who asked",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, sealed: z.string() }),
    errors: ["LEASE_LOST"],
  }),
  complete: route({
    method: "POST",
    path: "/dataplane/work/{id}/complete",
    summary: "The operation is over: all its containers were told of, or it was asked to stop",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, aborted: z.boolean().default(false) }),
    errors: ["LEASE_LOST"],
  }),
  fail: route({
    method: "POST",
    path: "/dataplane/work/{id}/fail",
    summary: "The operation cannot be done at all",
    needs: DATAPLANE,
    params: Work,
    body: z.object({ ...fenced, error: ErrorInfo }),
    errors: ["LEASE_LOST"],
  }),
  release: route({
    method: "POST",
    path: "/dataplane/work/{id}/release",
    summary: "Hands the work back for another to go on with it",
    needs: DATAPLANE,
    params: Work,
    body: z.object(fenced),
    errors: ["LEASE_LOST"],
  }),
};
