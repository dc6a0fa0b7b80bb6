/** A fleet in words. */
import { toErrorInfo } from "@touchstone/core/errors";
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

/** Where a state would stand, of a deployment whose files are damaged. */
export const UNREADABLE = "unreadable";
/** How a deployment was met: as it is, or as one that cannot be read. */
export type Met = Omit<Outcome, "state"> & { state: Outcome["state"] | typeof UNREADABLE };

/** What is read, or why its files do not say it. */
export const unlessDamaged = <T>(read: () => T): { is: T } | { damage: string } => {
  try {
    return { is: read() };
  } catch (thrown) {
    const { code, what, why } = toErrorInfo(thrown);
    if (code !== "FLEET_RECORD_INVALID") throw thrown;
    return { damage: `${what}: ${why}` };
  }
};

/** A row of the list; of one that is damaged it has what is wrong. */
export const listed = (fleet: Fleet, name: string): Listed => {
  const found = unlessDamaged(() => fleet.read(name));
  if ("damage" in found)
    return { name, state: UNREADABLE, ring: "-", runs: null, wanted: null, driver: "-", fqdn: "-", trouble: found.damage, holder: null };
  const { deployment, record } = found.is;
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

export const outcomeText = ({ name, state, isSettled, why }: Met): string => `${name} is ${state}${isSettled ? "" : `: ${plain(why)}`}\n`;
