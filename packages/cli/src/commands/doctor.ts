import { CONFIG_OPTIONS, flagsOf } from "../data-folder.ts";
import type { Finding } from "@touchstone/core/model/finding";
import { lookAtInstallation } from "../doctor/look.ts";
import { findingText } from "../formats/findings-text.ts";
import { counted } from "../formats/words.ts";
import { flag, type Command } from "./command.ts";

/** Looks at an installation and changes nothing. */
const command: Command = {
  usage: "doctor",
  summary: "explain what is wrong with an installation",
  docs:
    "Looks at the program, settings, data folder, keys, port, base URL, store, queue, dataplanes and stored secrets of the control plane on this machine, with the flags and the environment it is started with. Each finding says what is there, " +
    "what is needed and what to do. Works while it is stopped and while it runs; an embedded store is looked into only while it is stopped. Exit status 1 when there is a problem.",
  options: [...CONFIG_OPTIONS, { flags: "--json", docs: "the findings as JSON" }],
  examples: ["touchstone doctor", "touchstone doctor --data /var/lib/touchstone --json"],
  run: async (_args, values, { stdout, colour }) => {
    const findings = await lookAtInstallation(flagsOf(values), process.env);
    const count = (state: Finding["state"]): number => findings.filter((finding) => finding.state === state).length;
    const problems = count("problem");
    if (flag(values, "json")) stdout.write(`${JSON.stringify({ problems, notes: count("note"), findings }, null, 2)}\n`);
    else {
      for (const finding of findings) stdout.write(findingText(finding, colour));
      stdout.write(`\n${problems === 0 ? "no problems" : counted(problems, "problem")}, ${counted(count("note"), "note")}\n`);
    }
    return problems === 0 ? 0 : 1;
  },
};
export default command;
