import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { readRollout } from "@touchstone/deploy/fleet/run-rollout";
import { flag, type Command } from "../command.ts";
import { tableText, type Column } from "../../service/listing.ts";
import { FLEET_OPTIONS, openTheFleet, writeJson } from "./open-fleet.ts";
import { listed, rolloutText, UNREADABLE, type Listed } from "./texts.ts";

const COLUMNS: readonly Column<Listed>[] = [
  { head: "NAME", of: ({ name }) => name },
  { head: "STATE", of: ({ state }) => state },
  { head: "RING", of: ({ ring }) => ring },
  { head: "RUNS", of: ({ runs }) => runs ?? "-" },
  { head: "BY", of: ({ driver }) => driver },
  { head: "WORKED ON BY", of: ({ holder }) => holder ?? "-" },
  { head: "TROUBLE", of: ({ trouble }) => trouble ?? "" },
];

export const list = (openDriver: OpenDriver): Command => ({
  usage: "list",
  summary: "list the deployments of the fleet, and the rollout",
  docs: "Reads the fleet's folder; asks no cluster. Exit status 1 where the files of a deployment are damaged.",
  options: FLEET_OPTIONS,
  examples: ["touchstone fleet list", "touchstone fleet list --json"],
  run: async (_args, values, terminal) => {
    const { fleet } = openTheFleet(values, terminal, openDriver);
    const deployments = fleet.names().map((name) => listed(fleet, name));
    const { last: _, ...rollout } = readRollout(fleet);
    if (flag(values, "json")) writeJson(terminal, { deployments, rollout });
    else {
      terminal.stdout.write(
        deployments.length === 0 ? "no deployments; touchstone fleet add takes one in\n" : tableText(deployments, COLUMNS),
      );
      terminal.stdout.write(rolloutText(rollout));
    }
    return deployments.some(({ state }) => state === UNREADABLE) ? 1 : 0;
  },
});
