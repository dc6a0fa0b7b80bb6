/** How far a transfer is in this cluster. */
import { readJournal } from "@touchstone/deploy/transfer/journal";
import { flag } from "../../command.ts";
import { openDeployment } from "../open-deployment.ts";
import type { Action } from "./given.ts";

export const status: Action = async (_file, values, terminal) => {
  const { openKubectl } = await openDeployment(values, terminal);
  const journal = await readJournal(openKubectl());
  if (flag(values, "json")) terminal.stdout.write(`${JSON.stringify(journal, null, 2)}\n`);
  else if (journal === null) terminal.stdout.write("no transfer was taken over here\n");
  else {
    terminal.stdout.write(`${journal.transfer}\n`);
    for (const { name, at, note } of journal.steps) terminal.stdout.write(`${at}  ${name}: ${note}\n`);
  }
  return 0;
};
