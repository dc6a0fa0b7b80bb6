import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { rolloutLog } from "@touchstone/deploy/fleet/run-rollout";
import { flag, type Command } from "../command.ts";
import { tableText, type Column } from "../../service/listing.ts";
import type { Entry } from "@touchstone/deploy/fleet/journal";
import { FLEET_OPTIONS, openTheFleet, writeJson } from "./open-fleet.ts";

const COLUMNS: readonly Column<Entry>[] = [
  { head: "SEQ", of: ({ seq }) => String(seq), alignRight: true },
  { head: "AT", of: ({ at }) => at },
  { head: "WHO", of: ({ who }) => who },
  { head: "WHAT", of: ({ what }) => what },
  { head: "DETAIL", of: ({ detail }) => detail },
];

export const log = (openDriver: OpenDriver): Command => ({
  usage: "log [name]",
  summary: "show what was done to a deployment, or with the rollout, and by whom",
  docs: "Each entry carries the hash of the one before, and the record that of the newest: an entry that was changed, left out or cut off is noticed, and the exit status is 1.",
  options: FLEET_OPTIONS,
  examples: ["touchstone fleet log acme", "touchstone fleet log", "touchstone fleet log acme --json"],
  run: async ([name], values, terminal) => {
    const { fleet } = openTheFleet(values, terminal, openDriver);
    const { entries, fault } = name === undefined ? rolloutLog(fleet) : fleet.log(name);
    if (flag(values, "json")) writeJson(terminal, { entries, fault });
    else {
      terminal.stdout.write(entries.length === 0 ? "nothing was done yet\n" : tableText(entries, COLUMNS));
      terminal.stdout.write(fault === null ? `\nwhole: ${entries.length} entries\n` : `\nnot whole: ${fault}\n`);
    }
    return fault === null ? 0 : 1;
  },
});
