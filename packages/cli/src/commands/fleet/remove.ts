import { userError } from "@touchstone/core/errors";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { requireBackup } from "@touchstone/deploy/fleet/backups";
import { approveRemoval } from "@touchstone/deploy/fleet/operator";
import { reconcile } from "@touchstone/deploy/fleet/reconcile";
import type { BackupWish } from "@touchstone/deploy/fleet/states";
import { flag, text, type Command, type Values } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";
import { outcomeText } from "./texts.ts";

const wishIn = (values: Values): BackupWish => {
  const id = text(values, "backupId");
  const without = flag(values, "withoutBackup");
  if (id !== undefined && without) throw userError("OPTION_INVALID", "--without-backup", "it says the opposite of --backup-id");
  return id !== undefined ? { kind: "named", id } : { kind: without ? "without" : "new" };
};

export const remove = (openDriver: OpenDriver): Command => ({
  usage: "remove <name>",
  summary: "take a deployment away: take a backup out of its cluster, uninstall it, destroy its infrastructure",
  docs: "Writes down who approved and why, takes a backup out of the cluster into the folder of the deployment, uninstalls the release, and destroys the infrastructure where it was made here. Protection from deletion is not overruled: switch it off in deployment.yaml first. The record and the log stay, and the name is not used again.",
  options: [
    ...FLEET_OPTIONS,
    { flags: "--reason <text>", docs: "needed: why, for the log" },
    {
      flags: "--backup-id <id>",
      docs: "a backup that touchstone fleet backup has taken out, instead of making one: it has to be there, whole, and of this deployment",
    },
    { flags: "--without-backup", docs: "make none: what people have in it is lost" },
    { flags: "--yes", docs: "needed" },
    { flags: "--confirm <name>", docs: "needed, the name of the deployment" },
  ],
  examples: [
    "touchstone fleet remove acme --yes --confirm acme --reason 'the contract ended'",
    "touchstone fleet remove acme --yes --confirm acme --reason 'a trial' --without-backup",
  ],
  run: async ([name = ""], values, terminal) => {
    const { fleet, who, options } = openTheFleet(values, terminal, openDriver);
    const { folder, deployment } = fleet.read(name);
    if (!flag(values, "yes") || text(values, "confirm") !== name) throw userError("CONFIRMATION_MISSING", `Taking ${name} away`, name);
    const reason = text(values, "reason");
    if (reason === undefined) throw userError("OPTION_INVALID", "--reason", "the log says on whose word and why: give a reason");
    const wish = wishIn(values);
    const named = wish.kind === "named" ? await requireBackup(folder, deployment, wish.id) : null;
    approveRemoval(fleet, name, { reason, wish, backup: named === null ? null : { id: named.id, at: named.madeAt } }, who);
    const outcome = await reconcile(fleet, name, options);
    answer(values, terminal, outcome, outcomeText(outcome));
    return outcome.state === "gone" ? 0 : 1;
  },
});
