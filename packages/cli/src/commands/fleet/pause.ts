import { userError } from "@touchstone/core/errors";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { suspend } from "@touchstone/deploy/fleet/operator";
import { askToPause, holdRollout, isAtWork, readRollout } from "@touchstone/deploy/fleet/run-rollout";
import { text, type Command } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";
import { rolloutText } from "./texts.ts";

export const pause = (openDriver: OpenDriver): Command => ({
  usage: "pause [name]",
  summary: "leave a deployment alone, or let the rollout stand still",
  docs: "With a name: nothing of that deployment is changed until touchstone fleet resume; a rollout passes it by. Without: the rollout goes no further than the deployment it is at.",
  options: [...FLEET_OPTIONS, { flags: "--reason <text>", docs: "why, for the log" }],
  examples: ["touchstone fleet pause acme --reason 'their year-end'", "touchstone fleet pause"],
  run: async ([name], values, terminal) => {
    const { fleet, who } = openTheFleet(values, terminal, openDriver);
    const reason = text(values, "reason") ?? "no reason was given";
    if (name !== undefined) {
      const record = suspend(fleet, name, reason, who);
      answer(values, terminal, record, `${name} is left alone; touchstone fleet resume ${name} goes on with it\n`);
      return 0;
    }
    const now = readRollout(fleet);
    if (now.to === null || now.state !== "running") throw userError("FLEET_ROLLOUT_NONE");
    if (isAtWork(fleet)) {
      askToPause(fleet, who.who, reason);
      answer(values, terminal, { asked: true }, "somebody is at it: it stops after the deployment it is at\n");
      return 0;
    }
    const held = holdRollout(fleet, who);
    try {
      const next = held.commit({ ...held.read(), state: "paused", why: reason }, { what: "paused", detail: reason });
      answer(values, terminal, next, rolloutText(next));
      return 0;
    } finally {
      held.release();
    }
  },
});
