/** How far a transfer is in this cluster. */
import { readJournal } from "@touchstone/deploy/transfer/journal";
import { plain } from "../../../formats/words.ts";
import { flag } from "../../command.ts";
import { openDeployment } from "../open-deployment.ts";
import type { Action } from "./given.ts";

export const status: Action = async (_file, values, terminal) => {
  const { openKubectl } = await openDeployment(values, terminal);
  const journal = await readJournal(openKubectl());
  if (flag(values, "json")) terminal.stdout.write(`${JSON.stringify(journal, null, 2)}\n`);
  else if (journal === null) terminal.stdout.write("no transfer was taken over here\n");
  else {
    const lines = [
      journal.transfer,
      ...journal.steps.map(({ name, at, note }) => `${at}  ${name}: ${note}`),
      ...journal.withdrawn.map(({ transfer, at }) => `${at}  the operator has taken back ${transfer}`),
    ];
    terminal.stdout.write(lines.map((line) => `${plain(line)}\n`).join(""));
  }
  return 0;
};
