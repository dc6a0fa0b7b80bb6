/** What every verb begins with: the folder of the fleet, who it is that asks, and where its lines go. */
import { existsSync, statSync } from "node:fs";
import { userError } from "@touchstone/core/errors";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { whoAmI } from "@touchstone/deploy/cluster/who";
import type { OpenDriver } from "@touchstone/deploy/fleet/driver";
import type { ReconcileOptions } from "@touchstone/deploy/fleet/reconcile";
import { openFleet, type Fleet, type Who } from "@touchstone/deploy/fleet/store";
import { plain } from "../../formats/words.ts";
import { flag, text, type Option, type Terminal, type Values } from "../command.ts";

export const FLEET_OPTIONS: readonly Option[] = [
  { flags: "--folder <folder>", docs: "folder of the fleet; where nothing is said, `fleet` in TOUCHSTONE_DATA or ~/.touchstone" },
  { flags: "--json", docs: "the answer as JSON; progress goes to stderr" },
];

export type Opened = { fleet: Fleet; who: Who; options: ReconcileOptions };

export const openTheFleet = (values: Values, terminal: Terminal, openDriver: OpenDriver): Opened => {
  const data = process.env["TOUCHSTONE_DATA"] || join(homedir(), ".touchstone");
  // The person as the system knows them: the log is the operator's own, and as good as the access to its folder.
  const who: Who = { who: whoAmI(), now: () => new Date() };
  const to = flag(values, "json") ? terminal.stderr : terminal.stdout;
  const folder = resolve(text(values, "folder") ?? join(data, "fleet"));
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw userError("OPTION_INVALID", "--folder", `${folder} is a file`);
  return {
    fleet: openFleet(folder, who),
    who,
    options: { openDriver, now: who.now, tell: (line) => void to.write(`${plain(line)}\n`), signal: terminal.signal },
  };
};

export const writeJson = ({ stdout }: Terminal, value: unknown): void => void stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** JSON where it was asked for, otherwise text. */
export const answer = (values: Values, terminal: Terminal, value: unknown, said: string): void =>
  flag(values, "json") ? writeJson(terminal, value) : void terminal.stdout.write(said);
