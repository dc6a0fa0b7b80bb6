import { verify as verifyRelease } from "@touchstone/deploy/release/verify";
import { findingText } from "../../formats/findings-text.ts";
import { counted } from "../../formats/words.ts";
import type { Command } from "../command.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";

export const verify: Command = {
  usage: "verify",
  summary: "test whether an installation works",
  docs: "The release, every workload, the chart's own check from inside the cluster (does the store answer, does the API take requests), and the name over https where it resolves from here. Exit status 1 where there is a problem.",
  options: SITE_OPTIONS,
  examples: ["touchstone deploy verify", "touchstone deploy verify --json"],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const findings = await verifyRelease(site);
      const problems = findings.filter(({ state }) => state === "problem").length;
      if (!answerJson(values, terminal, { problems, findings })) {
        for (const finding of findings) terminal.stdout.write(findingText(finding, terminal.colour));
        terminal.stdout.write(`\n${problems === 0 ? "no problems" : counted(problems, "problem")}\n`);
      }
      return problems === 0 ? 0 : 1;
    }),
};
