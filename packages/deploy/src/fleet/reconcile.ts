/**
 * Brings one deployment of a fleet to what it shall be, step by step, each written down before and after. Whoever is killed at any of
 * them leaves a record from which the next one goes on: what is written as done is not done again, what is not is asked of a driver that
 * finds what is there.
 */
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import type { Done, FleetDriver, Hands, OpenDriver, OpenHands, Task } from "./driver.ts";
import { evidenceOf, isHandStep, stepOf, withStep, type FleetRecord, type StepName } from "./record.ts";
import { refusal, type State } from "./states.ts";
import { afterFailure, appliedDigest, nextWork, type May, type Work } from "./steps.ts";
import type { Fleet, Held } from "./store.ts";
import { isOpen, opening, windowOf, type AnyWindow } from "./windows.ts";

export type Outcome = { name: string; state: State; runs: string | null; isSettled: boolean; why: string };

export type ReconcileOptions = {
  openDriver: OpenDriver;
  /** Of who can hand a deployment over; without it those that are on their way are left alone. */
  openHands?: OpenHands;
  now: () => Date;
  tell: (line: string) => void;
  signal: AbortSignal;
  /** Changes what is ready also outside its maintenance window. */
  anytime?: boolean;
};

/** A record in another state. Throws FLEET_STATE_WRONG. */
export const moved = (record: FleetRecord, to: State, at: string): FleetRecord => {
  const why = refusal(record.state, to, evidenceOf(record));
  if (why !== null) throw userError("FLEET_STATE_WRONG", record.name, record.state, to, why);
  return {
    ...record,
    state: to,
    readyAt: to === "ready" ? (record.readyAt ?? at) : record.readyAt,
    trouble: to === "ready" || to === "suspended" ? null : record.trouble,
    ...(record.state === "transferring" && to === "verifying" ? { approval: null, transfer: null } : {}),
    // A look is good for once.
    steps: to === "verifying" ? record.steps.filter(({ name }) => name !== "verify") : record.steps,
  };
};

/** What a look has found, as one line; null when nothing is wrong. */
const problemsIn = ({ findings = [] }: Done): string | null => {
  const wrong = findings.filter(({ state }) => state === "problem").map(({ subject, found }) => `${subject}: ${found}`);
  return wrong.length === 0 ? null : wrong.join("; ");
};

/** The record after a step that is done. */
const afterStep = (record: FleetRecord, deployment: Deployment, name: StepName, done: Done, at: string): FleetRecord => {
  const { said, runs, backup, document } = done;
  const step = stepOf(record, name);
  const ended = step === null ? record : withStep(record, { ...step, endedAt: at, result: "done", detail: said });
  return {
    ...ended,
    trouble: null,
    ...(runs === undefined ? {} : { runs }),
    ...(name === "install" || name === "upgrade" ? { applied: appliedDigest(deployment, record.wanted) } : {}),
    ...(backup === undefined ? {} : { backup: { id: backup, at } }),
    ...(document === undefined || record.transfer === null ? {} : { transfer: { ...record.transfer, document } }),
  };
};

type Working = {
  held: Held<FleetRecord>;
  driver: FleetDriver;
  hands: Hands | null;
  deployment: Deployment;
  folder: string;
  options: ReconcileOptions;
};

/** Throws FLEET_STATE_WRONG where a transfer is gone on with by somebody who cannot; `nextWork` does not ask for it. */
const does = ({ driver, hands }: Working, name: StepName, { name: member, state }: FleetRecord): ((task: Task) => Promise<Done>) => {
  if (!isHandStep(name)) return driver[name];
  if (hands === null) throw userError("FLEET_STATE_WRONG", member, state, "transferred", "touchstone fleet transfer goes on with it");
  return hands[name];
};

/** Does a step, and says why it went wrong; null when it did not. */
const doStep = async (working: Working, { name, inputHash }: Work & { kind: "step" }): Promise<string | null> => {
  const { held, deployment, folder, options } = working;
  const { now, tell, signal } = options;
  const at = (): string => now().toISOString();
  const begun = withStep(held.read(), { name, inputHash, startedAt: at(), endedAt: null, result: null, detail: null });
  const record = held.commit(begun, { what: `begin ${name}`, detail: "" });
  const task: Task = {
    deployment,
    wanted: record.wanted,
    backup: record.approval?.backup.kind === "without" ? null : (record.backup?.id ?? null),
    transfer: record.transfer,
    folder,
    key: inputHash,
    tell,
    signal: AbortSignal.any([signal, held.lease.lost]),
  };
  const failed = (why: string): string => {
    const step = stepOf(record, name);
    const ended = step === null ? record : withStep(record, { ...step, endedAt: at(), result: "failed", detail: why });
    const degraded = signal.aborted ? null : afterFailure(record, name);
    const next = { ...(degraded === null ? ended : moved(ended, degraded, at())), trouble: why };
    held.commit(next, { what: `${name} failed`, detail: why });
    return why;
  };
  try {
    const done = await does(working, name, record)(task);
    const problems = problemsIn(done);
    if (problems !== null) return failed(problems);
    held.commit(afterStep(record, deployment, name, done, at()), { what: `end ${name}`, detail: done.said });
    tell(`${record.name}: ${name}: ${done.said}`);
    return null;
  } catch (thrown) {
    const { what, why } = toErrorInfo(thrown);
    return failed(signal.aborted ? "it was asked to stop" : `${what}: ${why}`);
  }
};

const mayNow = (window: AnyWindow | null, { now, anytime, openHands }: ReconcileOptions): May => {
  const handOver = openHands !== undefined;
  return anytime === true || isOpen(window, now())
    ? { change: true, handOver }
    : { change: false, why: `waits for its window, from ${opening(window, now()).toISOString()}`, handOver };
};

const work = async (working: Working): Promise<Outcome> => {
  const { held, deployment, options } = working;
  const outcome = (isSettled: boolean, why: string): Outcome => {
    const { name, state, runs } = held.read();
    return { name, state, runs, isSettled, why };
  };
  for (;;) {
    if (options.signal.aborted) return outcome(false, "it was asked to stop");
    const record = held.read();
    const next = nextWork(deployment, record, mayNow(windowOf(deployment, record), options));
    switch (next.kind) {
      case "rest":
        return outcome(next.isSettled, next.why);
      case "move":
        held.commit(moved(record, next.to, options.now().toISOString()), { what: next.to, detail: next.why });
        options.tell(`${record.name}: ${next.to}`);
        break;
      case "step": {
        const why = await doStep(working, next);
        if (why !== null) return outcome(false, why);
        break;
      }
      default:
        return next satisfies never;
    }
  }
};

/** Goes on with a deployment until it is as it shall be, or something is wrong. Throws FLEET_LEASED, FLEET_LEASE_LOST. */
export const reconcile = async (
  fleet: Fleet,
  name: string,
  options: ReconcileOptions,
  before?: (held: Held<FleetRecord>) => void,
): Promise<Outcome> => {
  const held = fleet.hold(name);
  try {
    before?.(held);
    const { deployment, folder, record } = fleet.read(name);
    return await work({
      held,
      driver: options.openDriver(record),
      hands: options.openHands?.(record) ?? null,
      deployment,
      folder,
      options,
    });
  } finally {
    held.release();
  }
};
