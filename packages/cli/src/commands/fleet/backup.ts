import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { backupFile } from "@touchstone/deploy/fleet/backups";
import { takeBackup } from "@touchstone/deploy/fleet/operator";
import type { Command } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";

export const backup = (openDriver: OpenDriver): Command => ({
  usage: "backup <name>",
  summary: "take a backup of a deployment's store out of its cluster",
  docs:
    "Has the store sent into the folder of the deployment by a pod beside the control plane, and compares its sum with that of what came. The name it gets may be said to touchstone fleet remove --backup-id; touchstone db restore reads the file. " +
    "What is sealed in it opens only with the keys of the installation, which are not in it.",
  options: FLEET_OPTIONS,
  examples: ["touchstone fleet backup acme"],
  run: async ([name = ""], values, terminal) => {
    const { fleet, options } = openTheFleet(values, terminal, openDriver);
    const { said, backup: id = "" } = await takeBackup(fleet, name, options);
    const file = backupFile(fleet.read(name).folder, id);
    answer(values, terminal, { id, file, said }, `${said}\n${file}\n`);
    return 0;
  },
});
