/** What is known of one deployment of a fleet: its state, what was done for it, and on whose word. A file of its folder, and its newest log entry in it. */
import { z } from "zod";
import { JOURNALLED } from "./journal.ts";
import { STATES, type Evidence } from "./states.ts";
import { Window } from "./windows.ts";

export const STEP_NAMES = [
  "preflight",
  "provision",
  "configure",
  "install",
  "verify",
  "upgrade",
  "backup",
  "uninstall",
  "deprovision",
] as const;
export type StepName = (typeof STEP_NAMES)[number];

const Step = z.strictObject({
  name: z.enum(STEP_NAMES),
  /** Of everything it depends on: the same step is done once for the same. */
  inputHash: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** Null while it is at work, or when whoever was at it was killed. */
  result: z.enum(["done", "failed"]).nullable(),
  detail: z.string().nullable(),
});
export type Step = z.infer<typeof Step>;

export const FleetRecord = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  state: z.enum(STATES),
  driver: z.string(),
  /** Kubeconfig of an existing cluster; the usual one where null. */
  kubeconfig: z.string().nullable(),
  window: Window.nullable(),
  addedAt: z.string(),
  readyAt: z.string().nullable(),
  /** What a rollout wants it to run; as deployment.yaml says where null. */
  wanted: z.string().nullable(),
  /** What runs, as far as we know, and the digest of what it was made of. */
  runs: z.string().nullable(),
  applied: z.string().nullable(),
  approval: z.strictObject({ purpose: z.enum(["remove", "transfer"]), by: z.string(), at: z.string(), reason: z.string() }).nullable(),
  backup: z.strictObject({ id: z.string(), at: z.string() }).nullable(),
  /** Why work on it stopped; null when it did not. */
  trouble: z.string().nullable(),
  /** The last of each step. */
  steps: z.array(Step),
  ...JOURNALLED,
});
export type FleetRecord = z.infer<typeof FleetRecord>;

export const newRecord = (given: Pick<FleetRecord, "name" | "driver" | "kubeconfig" | "window">, at: string): FleetRecord => ({
  version: 1,
  ...given,
  state: "requested",
  addedAt: at,
  readyAt: null,
  wanted: null,
  runs: null,
  applied: null,
  approval: null,
  backup: null,
  trouble: null,
  steps: [],
  last: null,
});

export const evidenceOf = ({ approval, backup, readyAt }: FleetRecord): Evidence => ({ approval, backup, readyAt });

export const stepOf = ({ steps }: FleetRecord, name: StepName): Step | null => steps.find((step) => step.name === name) ?? null;

export const withStep = (record: FleetRecord, step: Step): FleetRecord => ({
  ...record,
  steps: [...record.steps.filter(({ name }) => name !== step.name), step],
});
