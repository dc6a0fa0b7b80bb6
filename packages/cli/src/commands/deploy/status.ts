import { statusOf } from "@touchstone/deploy/release/status";
import { statusText } from "../../formats/deployment-status-text.ts";
import type { Command } from "../command.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";

export const status: Command = {
  usage: "status",
  summary: "show how an installation is: release, pods, who changes it, what was done last",
  docs: "The release and its versions, each workload with its pods, who is changing it, what was done last, and what the updater saw and did, where upgrades are pushed. Only asks. Exit status 1 where it is not ready.",
  options: SITE_OPTIONS,
  examples: ["touchstone deploy status", "touchstone deploy status --json"],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const found = await statusOf(site);
      if (!answerJson(values, terminal, found)) terminal.stdout.write(statusText(found));
      return found.isReady ? 0 : 1;
    }),
};
