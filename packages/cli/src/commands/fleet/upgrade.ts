import { userError } from "@touchstone/core/errors";
import { CHANNELS } from "@touchstone/deploy/deployment/deployment";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { begun, holdRollout, runRollout } from "@touchstone/deploy/fleet/run-rollout";
import type { Rollout } from "@touchstone/deploy/fleet/rollout";
import { flag, list, text, type Command } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";
import { rolloutText } from "./texts.ts";

const MINUTES_MOST = 43_200;
const SOAK = new RegExp(`^(?:(${CHANNELS.join("|")})=)?(\\d{1,5})$`);

/** `60` is for every ring, `canary=120` for one. Throws OPTION_INVALID. */
export const soakIn = (given: readonly string[]): Rollout["soakMinutes"] => {
  const soak: Rollout["soakMinutes"] = {};
  for (const one of given) {
    const [, ring, minutes = ""] = SOAK.exec(one) ?? [];
    if (minutes === "" || Number(minutes) > MINUTES_MOST)
      throw userError("OPTION_INVALID", "--soak", `${one} is not as: 60, or canary=120; minutes, at most ${MINUTES_MOST}`);
    for (const channel of CHANNELS) if (ring === undefined || ring === channel) soak[channel] = Number(minutes);
  }
  return soak;
};

export const upgrade = (openDriver: OpenDriver): Command => ({
  usage: "upgrade",
  summary: "bring a version to all deployments, ring by ring",
  docs:
    `Rings are ${CHANNELS.join(", ")} (channel of deployment.yaml). One deployment at a time; a ring is begun when all of the one before run the version, have soaked, and are well when they are looked at once more. ` +
    "The first that is not well halts the rollout: everything later keeps what it has, and touchstone fleet resume goes on. While a ring soaks, or waits for a window, this command ends; touchstone fleet apply goes on when it is time. Exit status 1 when it was halted.",
  options: [
    ...FLEET_OPTIONS,
    { flags: "--to <version>", docs: "needed: version of the chart" },
    {
      flags: "--soak <minutes>",
      docs: "how long a ring has to be well before the next one, for every ring or one: 60, or canary=120 (repeatable); where nothing is said, the next ring follows at once, without another look",
      repeatable: true,
    },
    { flags: "--replace", docs: "give up a rollout that has not ended, and begin this one" },
  ],
  examples: ["touchstone fleet upgrade --to 0.2.0", "touchstone fleet upgrade --to 0.2.0 --soak 60 --soak early=1440"],
  run: async (_args, values, terminal) => {
    const to = text(values, "to");
    if (to === undefined || !/^[0-9A-Za-z][0-9A-Za-z.+-]*$/.test(to))
      throw userError("OPTION_INVALID", "--to", "it is a version such as 0.2.0");
    const { fleet, who, options } = openTheFleet(values, terminal, openDriver);
    const soakMinutes = soakIn(list(values, "soak"));
    const held = holdRollout(fleet, who);
    try {
      const first = begun(held.read(), { to, soakMinutes, replace: flag(values, "replace") }, who.now().toISOString());
      held.commit(first, { what: "begun", detail: `${to}, soak ${JSON.stringify(soakMinutes)}` });
      const rollout = await runRollout(fleet, held, options);
      answer(values, terminal, rollout, rolloutText(rollout));
      return rollout.state === "halted" ? 1 : 0;
    } finally {
      held.release();
    }
  },
});
