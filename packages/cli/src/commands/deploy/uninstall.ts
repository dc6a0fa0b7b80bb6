import { userError } from "@touchstone/core/errors";
import { uninstall as uninstallRelease } from "@touchstone/deploy/release/uninstall";
import { typedAnswer } from "../../service/ask-person.ts";
import { flag, text, type Command, type Terminal, type Values } from "../command.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";
import { seconds, TIMEOUT_OPTION } from "./time-limit.ts";

/** Asks for the name to be typed, unless an option has said it. */
const confirm = async (question: string, name: string, said: boolean, option: string, terminal: Terminal): Promise<void> => {
  if (said) return;
  const typed = await typedAnswer(`${question} Type its name to go on: `, { command: "touchstone deploy uninstall", option }, terminal);
  if (typed !== name) throw userError("OPTION_INVALID", option, `"${typed}" is not ${name}; nothing was done`);
};

const confirmAll = async (values: Values, name: string, namespace: string, terminal: Terminal): Promise<void> => {
  await confirm(`Uninstall ${name} from namespace ${namespace}?`, name, flag(values, "yes"), "--yes", terminal);
  if (!flag(values, "deleteData")) return;
  const said = text(values, "confirmData");
  if (said !== undefined && said !== name) throw userError("OPTION_INVALID", "--confirm-data", `it must be ${name}; nothing was done`);
  await confirm(
    `Delete its volumes, backups and Secrets, keys included? They cannot be had again.`,
    name,
    said === name,
    "--confirm-data",
    terminal,
  );
};

export const uninstall: Command = {
  usage: "uninstall",
  summary: "remove an installation; its data stays unless --delete-data says otherwise",
  docs:
    "Removes the release, and says what stays: volumes with backups, Secrets, your Postgres, the namespace. With --delete-data the volumes and the Secrets go too. " +
    "The name is asked for; --yes, and for the data --confirm-data NAME, answer beforehand.",
  options: [
    ...SITE_OPTIONS,
    { flags: "--yes", docs: "do not ask for the name" },
    { flags: "--delete-data", docs: "also delete volumes, backups and Secrets" },
    { flags: "--confirm-data <name>", docs: "with --delete-data: the name of the deployment, instead of asking for it" },
    TIMEOUT_OPTION,
  ],
  examples: [
    "touchstone deploy uninstall",
    "touchstone deploy uninstall --yes",
    "touchstone deploy uninstall --yes --delete-data --confirm-data quality",
  ],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      await confirmAll(values, site.deployment.name, site.kubectl.access.namespace, terminal);
      const result = await uninstallRelease(site, { deleteData: flag(values, "deleteData"), timeoutSeconds: seconds(values) });
      if (!answerJson(values, terminal, result))
        terminal.stdout.write(`\nstill there:\n${result.stays.map((one) => `  ${one}\n`).join("")}`);
      return 0;
    }),
};
