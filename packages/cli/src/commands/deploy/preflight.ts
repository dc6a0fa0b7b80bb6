import type { Finding } from "@touchstone/core/model/finding";
import { CHECKS } from "@touchstone/deploy/preflight/checks";
import { checksNamed, preflight as look } from "@touchstone/deploy/preflight/preflight";
import { withVerifiedChart } from "@touchstone/deploy/release/verified-chart";
import { findingText } from "../../formats/findings-text.ts";
import { counted } from "../../formats/words.ts";
import { flag, text, type Command } from "../command.ts";
import { DEPLOYMENT_OPTIONS, openDeployment } from "./open-deployment.ts";

const named = (only: string | undefined): string[] =>
  (only ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");

export const preflight: Command = {
  usage: "preflight",
  summary: "measure what an installation needs against the cluster",
  docs:
    `Each finding says what was there, what is needed and what to do; what could not be looked at is told with the reason. Checks: ${CHECKS.map(({ id }) => id).join(", ")}. ` +
    "Exit status 1 when there is a problem.",
  options: [
    ...DEPLOYMENT_OPTIONS,
    { flags: "--only <checks>", docs: "these checks alone, by name, separated by commas" },
    { flags: "--json", docs: "the findings as JSON" },
  ],
  examples: ["touchstone deploy preflight", "touchstone deploy preflight --only kubernetes,room --json"],
  run: async (_args, values, terminal) => {
    const { stdout, stderr, colour, signal } = terminal;
    const only = named(text(values, "only"));
    checksNamed(only);
    const { deployment, openHelm, openKubectl } = await openDeployment(values, terminal);
    const kubectl = openKubectl();
    const helm = await openHelm();
    try {
      const tell = (line: string): void => void stderr.write(`${line}\n`);
      const findings = await withVerifiedChart({ deployment, kubectl, helm, tell, signal }, (site) => look(site, { only }));
      const count = (state: Finding["state"]): number => findings.filter((finding) => finding.state === state).length;
      const [problems, notes, unseen] = [count("problem"), count("note"), count("unseen")];
      if (flag(values, "json")) stdout.write(`${JSON.stringify({ problems, notes, unseen, findings }, null, 2)}\n`);
      else {
        for (const finding of findings) stdout.write(findingText(finding, colour));
        stdout.write(`\n${problems === 0 ? "no problems" : counted(problems, "problem")}, ${counted(notes, "note")}, ${unseen} not seen\n`);
      }
      return problems === 0 ? 0 : 1;
    } finally {
      await helm.close();
    }
  },
};
