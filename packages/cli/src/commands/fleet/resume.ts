import { userError } from "@touchstone/core/errors";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { unsuspend } from "@touchstone/deploy/fleet/operator";
import { reconcile } from "@touchstone/deploy/fleet/reconcile";
import { holdRollout, runRollout } from "@touchstone/deploy/fleet/run-rollout";
import type { Command } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";
import { outcomeText, rolloutText } from "./texts.ts";

export const resume = (openDriver: OpenDriver): Command => ({
  usage: "resume [name]",
  summary: "go on with a deployment that was left alone, or with the rollout",
  docs: "With a name: the deployment is looked at, and brought to what its deployment.yaml describes. Without: the rollout that was halted or paused goes on; the deployment that halted it is tried again first. Exit status 1 where something is still not well.",
  options: FLEET_OPTIONS,
  examples: ["touchstone fleet resume acme", "touchstone fleet resume"],
  run: async ([name], values, terminal) => {
    const { fleet, who, options } = openTheFleet(values, terminal, openDriver);
    if (name !== undefined) {
      unsuspend(fleet, name, who);
      const outcome = await reconcile(fleet, name, options);
      answer(values, terminal, outcome, outcomeText(outcome));
      return outcome.isSettled ? 0 : 1;
    }
    const held = holdRollout(fleet, who);
    try {
      const rollout = held.read();
      if (rollout.to === null || rollout.state === "finished") throw userError("FLEET_ROLLOUT_NONE");
      held.commit({ ...rollout, state: "running", why: null }, { what: "resumed", detail: "" });
      const next = await runRollout(fleet, held, options);
      answer(values, terminal, next, rolloutText(next));
      return next.state === "halted" ? 1 : 0;
    } finally {
      held.release();
    }
  },
});
