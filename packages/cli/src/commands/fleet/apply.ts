import { setTimeout as sleep } from "node:timers/promises";
import { toErrorInfo, UserError } from "@touchstone/core/errors";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { reconcile, type ReconcileOptions } from "@touchstone/deploy/fleet/reconcile";
import { holdRollout, lookAgain, readRollout, runRollout } from "@touchstone/deploy/fleet/run-rollout";
import type { Rollout } from "@touchstone/deploy/fleet/rollout";
import type { Fleet } from "@touchstone/deploy/fleet/store";
import { flag, type Command, type Terminal, type Values } from "../command.ts";
import { whole } from "../settings.ts";
import { FLEET_OPTIONS, openTheFleet, writeJson, type Opened } from "./open-fleet.ts";
import { outcomeText, rolloutText, unlessDamaged, UNREADABLE, type Met } from "./texts.ts";

const SECONDS_MOST = 86_400;
const SECOND_MS = 1000;

/** What stops one deployment stops no other, even that its files cannot be read. */
const goOn = async (fleet: Fleet, name: string, options: ReconcileOptions, looks: boolean): Promise<Met> => {
  try {
    return await (looks ? lookAgain : reconcile)(fleet, name, options);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    const { what, why } = toErrorInfo(thrown);
    const found = unlessDamaged(() => fleet.read(name).record);
    return {
      name,
      state: "damage" in found ? UNREADABLE : found.is.state,
      runs: "damage" in found ? null : found.is.runs,
      isSettled: false,
      why: `${what}: ${why}`,
    };
  }
};

/** A rollout that runs goes on as far as it can: not at all while it cannot be known how one of the deployments is. */
const goOnWithRollout = async ({ fleet, who, options }: Opened, outcomes: readonly Met[]): Promise<Rollout> => {
  const rollout = readRollout(fleet);
  if (rollout.to === null || rollout.state !== "running") return rollout;
  const unread = outcomes.filter(({ state }) => state === UNREADABLE).map(({ name }) => name);
  if (unread.length > 0) return { ...rollout, why: `it waits until ${unread.join(", ")} can be read` };
  const held = holdRollout(fleet, who);
  try {
    return await runRollout(fleet, held, options);
  } finally {
    held.release();
  }
};

const afterwards = (fleet: Fleet, outcome: Met): Met => {
  if (outcome.state === UNREADABLE) return outcome;
  const { state, runs, trouble } = fleet.read(outcome.name).record;
  return state === outcome.state ? outcome : { ...outcome, state, runs, isSettled: trouble === null, why: trouble ?? outcome.why };
};

const once = async (opened: Opened, names: readonly string[], isAll: boolean, values: Values, terminal: Terminal): Promise<boolean> => {
  const first: Met[] = [];
  for (const name of names) {
    if (terminal.signal.aborted) break;
    first.push(await goOn(opened.fleet, name, opened.options, flag(values, "look")));
  }
  const { last: _, ...rollout } = isAll ? await goOnWithRollout(opened, first) : readRollout(opened.fleet);
  // A rollout may have changed what was said before it.
  const outcomes = first.map((outcome) => afterwards(opened.fleet, outcome));
  if (flag(values, "json")) writeJson(terminal, { deployments: outcomes, rollout });
  else terminal.stdout.write(`${outcomes.map(outcomeText).join("")}${isAll ? rolloutText(rollout) : ""}`);
  return outcomes.every(({ isSettled }) => isSettled) && rollout.state !== "halted";
};

export const apply = (openDriver: OpenDriver): Command => ({
  usage: "apply [name]",
  summary: "go on with a deployment, or all of them, until each is as its deployment.yaml describes",
  docs:
    "Does what is next for a deployment, or for each: preflight, infrastructure, installation, a change of its deployment.yaml, an upgrade that was cut off, a removal that was approved. What has been done is not done again, so it may be run at any time, by a timer too. Without a name a rollout that runs goes on as well. " +
    "A deployment that is ready is changed only in its window (--window of add). Exit status 1 where one is not as described.",
  options: [
    ...FLEET_OPTIONS,
    { flags: "--anytime", docs: "change deployments that are ready outside their window too" },
    { flags: "--look", docs: "also ask the clusters of those that are ready; one that is not well becomes degraded" },
    { flags: "--every <seconds>", docs: "do it again every so many seconds, until Ctrl-C" },
  ],
  examples: ["touchstone fleet apply acme", "touchstone fleet apply", "touchstone fleet apply --every 60"],
  run: async ([name], values, terminal) => {
    const opened = openTheFleet(values, terminal, openDriver);
    opened.options.anytime = flag(values, "anytime");
    const seconds = whole(values, "every", 1, SECONDS_MOST);
    for (;;) {
      if (name !== undefined) opened.fleet.read(name);
      const isWell = await once(opened, name === undefined ? opened.fleet.names() : [name], name === undefined, values, terminal);
      if (seconds === undefined || terminal.signal.aborted) return isWell ? 0 : 1;
      await sleep(seconds * SECOND_MS, undefined, { signal: terminal.signal }).catch(() => undefined);
      if (terminal.signal.aborted) return 0;
    }
  },
});
