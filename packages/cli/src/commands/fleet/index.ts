/** `touchstone fleet`: one file per verb, in the order in which they are needed. */
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { openSiteDriver } from "@touchstone/deploy/fleet/site-driver";
import type { Group } from "../command.ts";
import { add } from "./add.ts";
import { apply } from "./apply.ts";
import { backup } from "./backup.ts";
import { list } from "./list.ts";
import { log } from "./log.ts";
import { pause } from "./pause.ts";
import { remove } from "./remove.ts";
import { resume } from "./resume.ts";
import { show } from "./show.ts";
import { handsOf } from "./hands.ts";
import { transfer, type HandsOf } from "./transfer.ts";
import { upgrade } from "./upgrade.ts";

/** The verbs, with whoever does the steps, and whoever hands a deployment over. */
export const fleetGroup = (openDriver: OpenDriver, hands: HandsOf = handsOf): Group => ({
  usage: "fleet",
  summary: "keep many deployments, one for each customer",
  docs: "For who operates Touchstone for others. Each deployment has a deployment.yaml, a record, a log and a lease in the fleet's folder, and in its cloud a role, a state and a key of its own. Exit status 1: something is not as it should be; 2: the command could not do its work.",
  commands: [add, list, show, apply, upgrade, pause, resume, backup, transfer(hands), remove, log].map((verb) => verb(openDriver)),
});

export default fleetGroup(openSiteDriver(process.env));
