import { differenceData, differencesText, itemsText, tally } from "../checks/describe.ts";
import { pull as pullChecks } from "../checks/pull.ts";
import { planPush, push as pushChecks, tryPush, type Plan } from "../checks/push.ts";
import { FOLDER, openWorkspace, type Workspace } from "../checks/workspace.ts";
import { counted } from "../formats/words.ts";
import { confirmed } from "../service/ask-person.ts";
import { SERVER_OPTIONS } from "../service/session.ts";
import { flag, type Command, type Group, type Option, type Output, type Terminal, type Values } from "./command.ts";

const WHICH_OPTIONS: readonly Option[] = [
  { flags: "-d, --datastore <name>", docs: "name or number of the datastore; else the one that was pulled from" },
  { flags: "-c, --container <name>", docs: "only the checks of this container (repeatable)", repeatable: true },
];

const serverOf = ({ datastore, client }: Workspace): string => `${datastore} at ${client.server}`;

const writeJson = (stdout: Output, value: unknown): void => void stdout.write(`${JSON.stringify(value, null, 2)}\n`);

const pull: Command = {
  usage: "pull [path]",
  summary: "write the checks of a datastore into files, one a container",
  docs:
    `Writes what the server has into a folder (${FOLDER}, when nobody says), for git to keep: one YAML file a container, in a stable order, without times. What was changed in the files and not on the server ` +
    "stays, comments too; a check that was changed on both sides stops the pull, unless --force takes the server's. touchstone scan --checks runs the same files.",
  options: [
    ...WHICH_OPTIONS,
    { flags: "--force", docs: "take the server's check where both sides changed it" },
    { flags: "--json", docs: "what was done, as JSON" },
    ...SERVER_OPTIONS,
  ],
  examples: ["touchstone checks pull -d landing", "touchstone checks pull quality/landing -d landing -c orders"],
  run: async ([path = FOLDER], values, terminal) => {
    const workspace = await openWorkspace(path, values, terminal, true);
    showConflicts(workspace, values, terminal);
    const { taken, kept, written } = pullChecks(workspace, flag(values, "force"));
    const { stdout } = terminal;
    if (flag(values, "json")) writeJson(stdout, { taken: taken.map(differenceData), kept: kept.map(differenceData), written });
    else {
      stdout.write(
        `${written.map((file) => `wrote ${file}\n`).join("")}${counted(workspace.remote.size, "check")} of ${serverOf(workspace)}`,
      );
      stdout.write(`${taken.length === 0 ? "; nothing new" : `: ${tally(taken)}`}\n`);
      if (kept.length > 0) stdout.write(`kept what only the files say: ${tally(kept)}\n`);
    }
    return 0;
  },
};

const diff: Command = {
  usage: "diff [path]",
  summary: "what differs between files and server, by what it means",
  docs:
    "Compares check by check: what was added, changed from what to what, or retired, and on which side since the last pull or push. Another order, or a default that is written out, is no difference. " +
    "Exit status 0 when they are the same, 1 when they differ.",
  options: [...WHICH_OPTIONS, { flags: "--json", docs: "as JSON" }, ...SERVER_OPTIONS],
  examples: ["touchstone checks diff", "touchstone checks diff quality/landing --json"],
  run: async ([path = FOLDER], values, terminal) => {
    const workspace = await openWorkspace(path, values, terminal, false);
    const { items, client, datastore } = workspace;
    if (flag(values, "json")) writeJson(terminal.stdout, { server: client.server, datastore, differences: items.map(differenceData) });
    else terminal.stdout.write(differencesText(items, path, serverOf(workspace)));
    return items.length === 0 ? 0 : 1;
  },
};

const push: Command = {
  usage: "push [path]",
  summary: "make the checks of a datastore what the files say",
  docs:
    "Sends what the files changed; a second push does nothing. All of it is taken or none. Checks that the files no longer have are archived only with --prune, which asks. What was changed on the server " +
    "since the last pull stays; a check that was changed on both sides stops the push, unless --force takes the file's. With --force the files win over everything that was changed on the server.",
  options: [
    ...WHICH_OPTIONS,
    { flags: "--dry-run", docs: "only say what would be done; the server looks at every check" },
    { flags: "--prune", docs: "archive checks that the files no longer have" },
    { flags: "-y, --yes", docs: "do not ask before --prune archives" },
    { flags: "--force", docs: "overwrite what was changed on the server" },
    { flags: "--json", docs: "what was done, as JSON" },
    ...SERVER_OPTIONS,
  ],
  examples: ["touchstone checks push --dry-run", "touchstone checks push", "touchstone checks push checks.yaml -d landing --prune --yes"],
  run: async ([path = FOLDER], values, terminal) => {
    const workspace = await openWorkspace(path, values, terminal, false);
    showConflicts(workspace, values, terminal);
    const plan = planPush(workspace, { force: flag(values, "force"), prune: flag(values, "prune") });
    await tryPush(workspace, plan);
    const isDry = flag(values, "dryRun");
    const isAgreed = isDry || plan.retired.length === 0 || (await agreed(plan, values, terminal));
    const written = isDry || !isAgreed ? [] : await pushChecks(workspace, plan);
    if (flag(values, "json")) {
      const [sent, retired, left] = [plan.sent, plan.retired, plan.left].map((items) => items.map(differenceData));
      writeJson(terminal.stdout, { dry_run: isDry, done: isAgreed && !isDry, sent, retired, left, written });
    } else terminal.stdout.write(isAgreed ? planText(workspace, plan, isDry) : "nothing was done\n");
    return isAgreed ? 0 : 2;
  },
};

const agreed = ({ retired }: Plan, values: Values, terminal: Terminal): Promise<boolean> => {
  if (!flag(values, "yes")) terminal.stderr.write(itemsText(retired));
  return confirmed(`Archive ${counted(retired.length, "check")}?`, values, terminal);
};

const planText = (workspace: Workspace, { sent, retired, left }: Plan, isDry: boolean): string => {
  const done = [...sent, ...retired];
  const unpruned = left.filter(({ side, kind }) => side === "files" && kind === "retired");
  const theirs = left.filter(({ side }) => side === "server");
  return [
    itemsText(done),
    done.length === 0
      ? `nothing to push: ${serverOf(workspace)} has it all\n`
      : `${isDry ? "would push" : "pushed"} to ${serverOf(workspace)}: ${tally(done)}\n`,
    unpruned.length === 0
      ? ""
      : `left, because --prune was not given: ${counted(unpruned.length, "check")} that the files no longer have\n`,
    theirs.length === 0
      ? ""
      : `left, because they were changed on the server since: ${counted(theirs.length, "check")} (touchstone checks pull)\n`,
  ].join("");
};

/** Says what the conflicts are before they stop the command. */
const showConflicts = ({ items }: Workspace, values: Values, { stderr }: Terminal): void => {
  const conflicts = items.filter(({ side }) => side === "both");
  if (conflicts.length > 0 && !flag(values, "force")) stderr.write(itemsText(conflicts));
};

/** Checks kept as code beside a server. */
const group: Group = {
  usage: "checks",
  summary: "keep the checks of a server in files: pull, diff, push",
  docs: "Checks as code: a folder of YAML files, kept in git, and the datastore of a server that it belongs to.",
  commands: [pull, diff, push],
};
export default group;
