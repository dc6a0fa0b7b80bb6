import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { userError } from "@touchstone/core/errors";
import { readDescription } from "@touchstone/deploy/deployment/read";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { add as addTo, replace } from "@touchstone/deploy/fleet/operator";
import { windowIn } from "@touchstone/deploy/fleet/windows";
import { flag, text, type Command } from "../command.ts";
import { answer, FLEET_OPTIONS, openTheFleet } from "./open-fleet.ts";

export const add = (openDriver: OpenDriver): Command => ({
  usage: "add <file>",
  summary: "take a deployment into the fleet, by its deployment.yaml",
  docs: "Copies deployment.yaml into the fleet; nothing is made yet. A deployment with a cloud gets its infrastructure by Terraform, one without goes to a cluster that is there. Refused where it would share a name, an address, a place, or in a cloud a role, a state or a key with another one.",
  options: [
    ...FLEET_OPTIONS,
    { flags: "--kubeconfig <file>", docs: "kubeconfig of a cluster that is there; where nothing is said, the usual one" },
    {
      flags: "--window <window>",
      docs: "when it may be changed once it is ready, in UTC, such as: sat,sun 22:00-04:00; where nothing is said, maintenanceWindow of its deployment.yaml",
    },
    { flags: "--replace", docs: "replace the deployment.yaml of one that is in the fleet already" },
  ],
  examples: ["touchstone fleet add tenants/acme.yaml", "touchstone fleet add tenants/acme.yaml --window 'sun 02:00-05:00'"],
  run: async ([file = ""], values, terminal) => {
    const { fleet, who } = openTheFleet(values, terminal, openDriver);
    const description = await readDescription(file);
    const [kubeconfig, window] = [text(values, "kubeconfig"), text(values, "window")];
    if (kubeconfig !== undefined && !existsSync(kubeconfig))
      throw userError("OPTION_INVALID", "--kubeconfig", `there is no file ${kubeconfig}`);
    const given = {
      text: description,
      file,
      kubeconfig: kubeconfig === undefined ? null : resolve(kubeconfig),
      window: window === undefined ? null : windowIn(window),
    };
    const record = flag(values, "replace") ? replace(fleet, given) : addTo(fleet, given, who);
    answer(values, terminal, record, `${record.name} is ${record.state}; touchstone fleet apply ${record.name} goes on with it\n`);
    return 0;
  },
});
