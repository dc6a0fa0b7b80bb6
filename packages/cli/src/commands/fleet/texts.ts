/** A fleet in words. */
import type { Fleet } from "@touchstone/deploy/fleet/store";
import type { Rollout } from "@touchstone/deploy/fleet/rollout";
import type { Outcome } from "@touchstone/deploy/fleet/reconcile";
import { plain } from "../../formats/words.ts";

export type Listed = {
  name: string;
  state: string;
  ring: string;
  runs: string | null;
  wanted: string | null;
  driver: string;
  fqdn: string;
  trouble: string | null;
  holder: string | null;
};

export const listed = (fleet: Fleet, name: string): Listed => {
  const { deployment, record } = fleet.read(name);
  const { state, runs, wanted, driver, trouble } = record;
  return {
    name,
    state,
    ring: deployment.channel,
    runs,
    wanted,
    driver,
    fqdn: deployment.fqdn,
    trouble,
    holder: fleet.holder(name)?.holder ?? null,
  };
};

export const rolloutText = ({ to, state, why }: Pick<Rollout, "to" | "state" | "why">): string =>
  to === null
    ? ""
    : `\nrollout of ${to}: ${state}${why === null ? "" : `: ${plain(why)}`}\n${state === "halted" ? "touchstone fleet resume goes on with it\n" : ""}`;

export const outcomeText = ({ name, state, isSettled, why }: Outcome): string =>
  `${name} is ${state}${isSettled ? "" : `: ${plain(why)}`}\n`;
