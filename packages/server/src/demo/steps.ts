/** What is left to do of a demo: told by the operations of its datastore alone, so that a later start goes on with it. */
import type { OperationType } from "@touchstone/core/model/work";

const STEPS = ["sync", "profile", "scan"] as const satisfies readonly OperationType[];

/** An operation that has been started, as the store has it. */
export type Ran = { id: number; type: string; result: string };

export type Step = { step: "start"; type: (typeof STEPS)[number] } | { step: "watch"; id: number } | { step: "over"; done: boolean };

/** The first step that has not succeeded: it is started, watched, or, where it went wrong or somebody stopped it, left alone. */
export const nextStep = (ran: readonly Ran[]): Step => {
  for (const type of STEPS) {
    const latest = ran.filter((operation) => operation.type === type).toSorted((a, b) => b.id - a.id)[0];
    if (latest === undefined) return { step: "start", type };
    if (latest.result === "queued" || latest.result === "running") return { step: "watch", id: latest.id };
    if (latest.result !== "success") return { step: "over", done: false };
  }
  return { step: "over", done: true };
};
