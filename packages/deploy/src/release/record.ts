/**
 * What was done to a deployment, kept beside it: a ConfigMap with the last operations, each with its steps and how it ended. Whoever
 * comes after a process that was killed reads there what it was doing. No value of a Secret is in it.
 */
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { z } from "zod";
import type { Kubectl } from "../cluster/kubectl.ts";

export const RECORD_NAME = "touchstone-deploy";
/** A ConfigMap holds 1 MiB; an operation takes some kilobytes. */
const OPERATIONS_MAX = 20;
const REASON_CHARACTERS_MAX = 2000;

export const KINDS = ["install", "upgrade", "rollback", "uninstall"] as const;
export type Kind = (typeof KINDS)[number];

const Point = z.object({ revision: z.number(), chart: z.string(), appVersion: z.string() });
/** A revision of the release, and what it is of. */
export type Point = z.infer<typeof Point>;

export const Operation = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  who: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  from: Point.nullable(),
  to: Point.nullable(),
  steps: z.array(z.object({ name: z.string(), at: z.string(), said: z.string() })),
  /** `running` without a live lock: it was killed. */
  outcome: z.enum(["running", "succeeded", "unchanged", "failed", "rolled-back", "interrupted", "killed"]),
  /** Why it did not succeed. */
  why: z.string().nullable(),
});
export type Operation = z.infer<typeof Operation>;

/** Newest last. */
export const DeployRecord = z.object({ version: z.literal(1), operations: z.array(Operation) });
export type DeployRecord = z.infer<typeof DeployRecord>;

const NOTHING: DeployRecord = { version: 1, operations: [] };

export const begun = (kind: Kind, from: Point | null, now = new Date()): Operation => ({
  id: randomUUID(),
  kind,
  who: `${userInfo().username}@${hostname()}`,
  startedAt: now.toISOString(),
  endedAt: null,
  from,
  to: null,
  steps: [],
  outcome: "running",
  why: null,
});

export const withStep = (operation: Operation, name: string, said: string, now = new Date()): Operation => ({
  ...operation,
  steps: [...operation.steps, { name, at: now.toISOString(), said }],
});

export const ended = (operation: Operation, outcome: Operation["outcome"], why: string | null = null, now = new Date()): Operation => ({
  ...operation,
  outcome,
  why: why === null ? null : why.slice(0, REASON_CHARACTERS_MAX),
  endedAt: now.toISOString(),
});

/** The record with an operation in it, as new or in place of what it was. */
export const withOperation = ({ operations }: DeployRecord, operation: Operation): DeployRecord => ({
  version: 1,
  operations: [...operations.filter(({ id }) => id !== operation.id), operation].slice(-OPERATIONS_MAX),
});

/** The operation that was cut off, when nobody has the lock: the last, if it never ended. */
export const cutOff = ({ operations }: DeployRecord): Operation | null => {
  const last = operations.at(-1);
  return last?.outcome === "running" ? last : null;
};

/** What a text says; a record of another version, or of somebody's own making, is none. */
export const recordIn = (text: unknown): DeployRecord => {
  if (typeof text !== "string") return NOTHING;
  try {
    return DeployRecord.safeParse(JSON.parse(text)).data ?? NOTHING;
  } catch {
    return NOTHING;
  }
};

export const readRecord = async (kubectl: Kubectl): Promise<DeployRecord> => {
  const found = await kubectl.get("configmap", RECORD_NAME);
  return recordIn(Reflect.get(Object(found?.["data"]), "record"));
};

export const writeRecord = async (kubectl: Kubectl, record: DeployRecord): Promise<void> => {
  await kubectl.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: RECORD_NAME,
      namespace: kubectl.access.namespace,
      labels: { "app.kubernetes.io/part-of": "touchstone", "app.kubernetes.io/managed-by": "touchstone-deploy" },
    },
    data: { record: JSON.stringify(record) },
  });
};
