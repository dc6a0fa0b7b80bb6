import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import { backupIds } from "@touchstone/deploy/fleet/backups";
import type { Transfer } from "@touchstone/deploy/fleet/record";
import { windowOf, windowText } from "@touchstone/deploy/fleet/windows";
import { flag, type Command } from "../command.ts";
import { plain } from "../../formats/words.ts";
import { FLEET_OPTIONS, openTheFleet, writeJson } from "./open-fleet.ts";

const WIDTH = 12;

/** How far the documents are. */
const transferText = ({ terms, document, acceptance, record, isCancelled }: Transfer): string =>
  [
    `by ${terms.party}, ${terms.store === null ? "in place" : "a move"}`,
    document === null ? "nothing is signed yet" : document,
    ...(acceptance === null ? [] : [`accepted: ${acceptance}`]),
    ...(record === null ? [] : [`signed by both: ${record}`]),
    ...(isCancelled ? ["cancelled"] : []),
  ].join("; ");

export const show = (openDriver: OpenDriver): Command => ({
  usage: "show <name>",
  summary: "show a deployment: its state, its steps, and on whose word",
  docs: "Reads the fleet's folder; asks no cluster: touchstone fleet apply --look does.",
  options: FLEET_OPTIONS,
  examples: ["touchstone fleet show acme"],
  run: async ([name = ""], values, terminal) => {
    const { fleet } = openTheFleet(values, terminal, openDriver);
    const { deployment, record, folder } = fleet.read(name);
    const holder = fleet.holder(name);
    if (flag(values, "json")) {
      writeJson(terminal, { record, deployment, folder, holder });
      return 0;
    }
    const facts: [string, string | null][] = [
      ["state", record.state],
      ["trouble", record.trouble],
      ["address", `https://${deployment.fqdn}`],
      ["ring", deployment.channel],
      ["runs", record.runs],
      ["wanted", record.wanted],
      ["by", record.driver],
      ["window", windowText(windowOf(deployment, record))],
      ["worked on by", holder?.holder ?? null],
      ["approved", record.approval === null ? null : `${record.approval.purpose}, by ${record.approval.by}: ${record.approval.reason}`],
      ["backup", record.backup?.id ?? null],
      ["taken out", backupIds(folder).join(", ") || null],
      ["transfer", record.transfer === null ? null : transferText(record.transfer)],
      ["folder", folder],
    ];
    for (const [what, says] of facts) if (says !== null) terminal.stdout.write(`${what.padEnd(WIDTH)}  ${plain(says)}\n`);
    for (const { name: step, result, endedAt, startedAt, detail } of record.steps)
      terminal.stdout.write(
        `${(result ?? "at work").padEnd(WIDTH)}  ${step.padEnd(WIDTH)} ${endedAt ?? startedAt}  ${plain(detail ?? "")}\n`,
      );
    return 0;
  },
});
