import { upgrade as upgradeRelease } from "@touchstone/deploy/release/upgrade";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { changesText } from "../../formats/deployment-diff-text.ts";
import { flag, text, type Command } from "../command.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";
import { seconds, TIMEOUT_OPTION } from "./time-limit.ts";

export const upgrade: Command = {
  usage: "upgrade",
  summary: "bring an installation to what deployment.yaml describes",
  docs:
    "Looks at the cluster (preflight), shows what changes, migrates the store, replaces the pods, and tests it from inside. When the migration, the pods or the test fail, the last good revision is brought back; where the new version says that its migration cannot be taken back, it says how to restore instead. " +
    "An older chart than the one that runs is refused: that of an older touchstone, after an upgrade that was pushed. A command that was killed is put right by the next one.",
  options: [
    ...SITE_OPTIONS,
    { flags: "--to <version>", docs: "version of the chart, from a registry, instead of the one in deployment.yaml" },
    { flags: "--older", docs: "also to an older version of the chart than what runs; --to says so by naming it" },
    { flags: "--backup", docs: "back up the store first, and wait for it" },
    { flags: "--take-fields", docs: "take fields that somebody else changed and owns (helm 4)" },
    { flags: "--skip-preflight", docs: "upgrade without preflight" },
    TIMEOUT_OPTION,
  ],
  examples: ["touchstone deploy upgrade", "touchstone deploy upgrade --to 1.3.0 --backup", "touchstone deploy upgrade --take-fields"],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const to = text(values, "to");
      const isJson = flag(values, "json");
      const result = await upgradeRelease(site, {
        preflight: flag(values, "skipPreflight") ? null : preflight,
        ...(to === undefined ? {} : { to }),
        older: flag(values, "older"),
        backup: flag(values, "backup"),
        takeFields: flag(values, "takeFields"),
        timeoutSeconds: seconds(values),
        onDiff: (diff) => void (isJson || terminal.stdout.write(changesText(diff, terminal.colour))),
      });
      if (answerJson(values, terminal, result)) return 0;
      if (to !== undefined && to !== site.deployment.release.version)
        terminal.stdout.write(`deployment.yaml still names version ${site.deployment.release.version || "(none)"}: write ${to} into it\n`);
      return 0;
    }),
};
