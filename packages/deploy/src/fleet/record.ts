/** What is known of one deployment of a fleet: its state, what was done for it, and on whose word. A file of its folder, and its newest log entry in it. */
import { z } from "zod";
import { JOURNALLED } from "./journal.ts";
import { STATES, type Evidence } from "./states.ts";
import { Window } from "./windows.ts";

/** Those of a driver. `backup` stays in the cluster, `copy-out` leaves it; `give-up` takes away what a move has left in the old cluster. */
const DRIVER_STEPS = [
  "preflight",
  "provision",
  "configure",
  "install",
  "verify",
  "upgrade",
  "backup",
  "copy-out",
  "uninstall",
  "give-up",
  "deprovision",
] as const;
export type DriverStep = (typeof DRIVER_STEPS)[number];
/** Those of a transfer to another owner, which take a person's key. */
const HAND_STEPS = ["hand-over", "prove", "take-back"] as const;
export type HandStep = (typeof HAND_STEPS)[number];
export const STEP_NAMES = [...DRIVER_STEPS, ...HAND_STEPS] as const;
export type StepName = (typeof STEP_NAMES)[number];
export const isHandStep = (name: StepName): name is HandStep => HAND_STEPS.some((one) => one === name);

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

const Approval = z.strictObject({
  purpose: z.enum(["remove", "transfer"]),
  by: z.string(),
  at: z.string(),
  reason: z.string(),
  backup: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("new") }),
      z.strictObject({ kind: z.literal("named"), id: z.string() }),
      z.strictObject({ kind: z.literal("without") }),
    ])
    .default({ kind: "new" }),
});

/** On what terms it is handed over, as `touchstone deploy transfer export` takes them. Files by their paths: no secret is among them. */
export const Terms = z.strictObject({
  party: z.string(),
  /** File of the key that the operator signs with. */
  key: z.string(),
  operators: z.array(z.string()),
  domain: z.string().nullable(),
  state: z.string().nullable(),
  /** Of a move: where the copy of the store goes, and the keys of its secrets. Both null for a transfer in place. */
  store: z.string().nullable(),
  keysFile: z.string().nullable(),
});
export type Terms = z.infer<typeof Terms>;

const Transfer = z.strictObject({
  terms: Terms,
  /** Digests of what was signed, as far as it is there: by the operator, by the customer, by both. */
  document: z.string().nullable(),
  acceptance: z.string().nullable(),
  record: z.string().nullable(),
  /** After a move: the old release, its Secrets and its backups are taken away. */
  destroys: z.boolean(),
  isCancelled: z.boolean(),
});
export type Transfer = z.infer<typeof Transfer>;

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
  approval: Approval.nullable(),
  /** On its way to another owner, and with them in the end; null for one that is nobody's but ours. */
  transfer: Transfer.nullable().default(null),
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
  transfer: null,
  backup: null,
  trouble: null,
  steps: [],
  last: null,
});

/** A move that both have signed: it runs elsewhere, and what it ran on is still the operator's. */
const isMoved = ({ transfer }: FleetRecord): boolean => transfer !== null && transfer.terms.store !== null && transfer.record !== null;

export const evidenceOf = (record: FleetRecord): Evidence => {
  const { approval, backup, readyAt } = record;
  return { approval, backup, readyAt, isMoved: isMoved(record) };
};

export const stepOf = ({ steps }: FleetRecord, name: StepName): Step | null => steps.find((step) => step.name === name) ?? null;

export const withStep = (record: FleetRecord, step: Step): FleetRecord => ({
  ...record,
  steps: [...record.steps.filter(({ name }) => name !== step.name), step],
});
