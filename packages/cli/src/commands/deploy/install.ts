import { install as installRelease } from "@touchstone/deploy/release/install";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { flag, type Command } from "../command.ts";
import { seconds, TIMEOUT_OPTION } from "./time-limit.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";

export const install: Command = {
  usage: "install",
  summary: "install what deployment.yaml describes",
  docs:
    "Makes the namespace where it is missing, sees that the Secrets are there, looks at the cluster (preflight), installs the chart, waits, and tests it from inside. Run again it goes on where it stopped, or says that all is as described; " +
    "where something else is installed it leaves that to `upgrade`.",
  options: [
    ...SITE_OPTIONS,
    {
      flags: "--create-secrets",
      docs: "make the keys of the installation and the tokens of its dataplanes where they are missing; the Secret with the store's URL is yours to make",
    },
    { flags: "--skip-preflight", docs: "install without preflight" },
    TIMEOUT_OPTION,
  ],
  examples: [
    "touchstone deploy install",
    "touchstone deploy install --create-secrets",
    "touchstone deploy install -f tenants/acme.yaml --json",
  ],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const result = await installRelease(site, {
        preflight: flag(values, "skipPreflight") ? null : preflight,
        createSecrets: flag(values, "createSecrets"),
        timeoutSeconds: seconds(values),
      });
      if (answerJson(values, terminal, result)) return 0;
      terminal.stdout.write(`\nnext:\n${result.next.map((line) => `  ${line}\n`).join("")}`);
      return 0;
    }),
};
