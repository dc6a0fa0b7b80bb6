import { diffOf, isSame } from "@touchstone/deploy/release/diff";
import { withVersion } from "@touchstone/deploy/release/chart";
import { diffText } from "../../formats/deployment-diff-text.ts";
import { text, type Command } from "../command.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";

export const diff: Command = {
  usage: "diff",
  summary: "show what an upgrade would change",
  docs:
    "Compares what the chart makes of deployment.yaml with what the release says, and what the release says with what is in the cluster (by a server-side dry run, which changes nothing). Values of Secrets are never shown. " +
    "Hooks, such as the migration, are not compared. Exit status 1 where there are differences.",
  options: [
    ...SITE_OPTIONS,
    { flags: "--to <version>", docs: "version of the chart, from a registry, instead of the one in deployment.yaml" },
  ],
  examples: ["touchstone deploy diff", "touchstone deploy diff --to 1.3.0", "touchstone deploy diff --json"],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const to = text(values, "to");
      const deployment = to === undefined ? site.deployment : withVersion(site.deployment, to);
      const found = await diffOf({ ...site, deployment });
      if (!answerJson(values, terminal, found)) terminal.stdout.write(diffText(found, terminal.colour));
      return isSame(found) ? 0 : 1;
    }),
};
