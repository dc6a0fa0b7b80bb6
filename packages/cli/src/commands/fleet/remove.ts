import { userError } from "@touchstone/core/errors";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { approveRemoval } from "@touchstone/deploy/fleet/operator";
import { reconcile } from "@touchstone/deploy/fleet/reconcile";
import { flag, text, type Command } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";
import { outcomeText } from "./texts.ts";

export const remove = (openDriver: OpenDriver): Command => ({
  usage: "remove <name>",
  summary: "take a deployment away: back it up, uninstall it, destroy its infrastructure",
  docs: "Writes down who approved and why, makes a backup (or takes the name of one that exists), uninstalls the release, and destroys the infrastructure where it was made here. Protection from deletion is not overruled: switch it off in deployment.yaml first. The record and the log stay, and the name is not used again.",
  options: [
    ...FLEET_OPTIONS,
    { flags: "--reason <text>", docs: "needed: why, for the log" },
    { flags: "--backup-id <id>", docs: "name of a backup that exists, instead of making one; nothing looks whether it does" },
    { flags: "--yes", docs: "needed" },
    { flags: "--confirm <name>", docs: "needed, the name of the deployment" },
  ],
  examples: ["touchstone fleet remove acme --yes --confirm acme --reason 'the contract ended'"],
  run: async ([name = ""], values, terminal) => {
    const { fleet, who, options } = openTheFleet(values, terminal, openDriver);
    fleet.read(name);
    if (!flag(values, "yes") || text(values, "confirm") !== name) throw userError("CONFIRMATION_MISSING", `Taking ${name} away`, name);
    const reason = text(values, "reason");
    if (reason === undefined) throw userError("OPTION_INVALID", "--reason", "the log says on whose word and why: give a reason");
    approveRemoval(fleet, name, { reason, backupId: text(values, "backupId") ?? null }, who);
    const outcome = await reconcile(fleet, name, options);
    answer(values, terminal, outcome, outcomeText(outcome));
    return outcome.state === "gone" ? 0 : 1;
  },
});
