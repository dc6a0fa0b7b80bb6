import { userError } from "@touchstone/core/errors";
import { reachTarget, reachText, REACH_KINDS, type ReachTarget } from "@touchstone/core/model/reach";
import { CONFIG_OPTIONS, flagsOf } from "../data-folder.ts";
import type { Finding } from "@touchstone/core/model/finding";
import { findingText } from "../formats/findings-text.ts";
import { counted } from "../formats/words.ts";
import { flag, list, type Command, type Output, type Values } from "./command.ts";

const targetOf = (text: string): ReachTarget => {
  const target = reachTarget(text);
  if (target === null) throw userError("OPTION_INVALID", `--reach ${text}`, `it is WHAT=WHERE, and WHAT one of ${REACH_KINDS.join(", ")}`);
  return target;
};

/** Each answer on a line of its own, when it is there: whoever reads the log of a pod may be impatient. */
const tryTargets = async (targets: readonly ReachTarget[], stdout: Output): Promise<0> => {
  const { reach } = await import("../doctor/reach.ts");
  const each = [...new Map(targets.map((target) => [reachText(target), target])).values()];
  await Promise.all(each.map(async (target) => stdout.write(`${JSON.stringify(await reach(target, { env: process.env }))}\n`)));
  return 0;
};

/** The two looks need different parts of the program: an image of the control plane has no engine. */
const look = async (values: Values): Promise<Finding[]> => {
  if (flag(values, "inCluster")) return (await import("../doctor/in-cluster.ts")).lookFromInside(process.env);
  return (await import("../doctor/look.ts")).lookAtInstallation(flagsOf(values), process.env);
};

/** Looks at an installation and changes nothing. */
const command: Command = {
  usage: "doctor",
  summary: "explain what is wrong with an installation",
  docs:
    "Looks at the program, settings, data folder, keys, port, base URL, store, queue, dataplanes and stored secrets of the control plane on this machine, with the flags and the environment it is started with. Each finding says what is there, " +
    "what is needed and what to do. Works while it is stopped and while it runs; an embedded store is looked into only while it is stopped. `--in-cluster` looks from a pod beside the API instead, as `helm test` does: API, store, dataplanes, identity providers, " +
    "the name by https, clocks. Exit status 1 when there is a problem.",
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--in-cluster", docs: "look from inside a cluster, by the environment alone" },
    {
      flags: "--reach <what=where>",
      docs: "only try this from here, and print what came of it as a line of JSON: tcp=HOST:PORT, https=URL, web=URL (whatever it answers, through the proxy of the environment), issuer=URL, store=url (that of DATABASE_URL), bucket=s3://… (an object is written, read and deleted), volume=FOLDER (a file is); what `touchstone deploy preflight` runs in a pod",
      repeatable: true,
    },
    { flags: "--json", docs: "the findings as JSON" },
  ],
  examples: [
    "touchstone doctor",
    "touchstone doctor --data /var/lib/touchstone --json",
    "touchstone doctor --reach tcp=db.example.org:5432",
  ],
  run: async (_args, values, { stdout, colour }) => {
    const targets = list(values, "reach").map(targetOf);
    if (targets.length > 0) return tryTargets(targets, stdout);
    const findings = await look(values);
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
