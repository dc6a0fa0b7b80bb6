/** Files of checks and the datastore they belong to, side by side. */
import { existsSync, readdirSync, statSync } from "node:fs";
import type { Client } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import { list, text, type Terminal, type Values } from "../commands/command.ts";
import { readPlacedChecks, type PlacedCheck } from "../checks-file.ts";
import { containersNamed, datastoreNamed } from "../service/lookup.ts";
import { openSession } from "../service/session.ts";
import { readBase, widened, type Base } from "./base-file.ts";
import { compare, type Checks, type Item } from "./compare.ts";
import { identified, type Identified } from "./identify.ts";
import { remoteState, type Remote, type Scope } from "./remote.ts";

export type LocalCheck = Identified<PlacedCheck>;
export type LocalFile = { file: string; text: string; checks: LocalCheck[] };

export type Workspace = {
  path: string;
  client: Client;
  datastore: string;
  scope: Scope;
  /** Null where these files were never pulled from this datastore of this server. */
  base: Base | null;
  files: LocalFile[];
  local: Checks;
  remote: Checks;
  /** The same as the server gave them, which it is told when something is pushed. */
  forms: Remote["forms"];
  items: Item[];
  /** Whether what was pulled here is of another server or datastore: it is then left as it is. */
  isForeign: boolean;
};

/** Where checks are kept when nobody says. */
export const FOLDER = "checks";

const localFiles = (path: string): { file: string; text: string; checks: PlacedCheck[] }[] =>
  existsSync(path) && !isEmptyFolder(path) ? readPlacedChecks(path) : [];

const isEmptyFolder = (path: string): boolean =>
  statSync(path).isDirectory() && readdirSync(path, { recursive: true, encoding: "utf8" }).every((name) => !/\.(ya?ml|json)$/i.test(name));

/** Containers whose checks are compared: those asked for, else those that were pulled and, but for a pull, those that the files speak of. */
const containersOf = (asked: string[], base: Base | null, named: readonly string[], isPull: boolean): readonly string[] | null => {
  if (asked.length > 0) return asked;
  if (isPull) return base === null ? null : base.containers;
  return widened(base, [...new Set(named)]);
};

const within = (containers: readonly string[] | null) => (container: string) => containers === null || containers.includes(container);

const kept = (base: Base | null, isIn: (container: string) => boolean): Checks | null =>
  base === null ? null : new Map([...base.checks].filter(([, { container }]) => isIn(container)));

/** Reads files, base and server. Throws OPTION_INVALID when no datastore is named and none was pulled from. */
export const openWorkspace = async (
  path: string,
  values: Values,
  terminal: Pick<Terminal, "signal">,
  isPull: boolean,
): Promise<Workspace> => {
  const found = readBase(path);
  // A pull may begin with nothing; everything else needs files.
  if (!isPull && !existsSync(path)) throw userError("SOURCE_NOT_FOUND", path);
  const read = localFiles(path);
  const name = text(values, "datastore") ?? found?.datastore;
  if (name === undefined) throw userError("OPTION_INVALID", "--datastore", `it says which datastore the checks in ${path} belong to`);
  // Files that were pulled from one server are not pushed to another because somebody logged in there.
  const client = openSession(values, terminal, found?.server);
  const { id, name: datastore } = await datastoreNamed(client, name);
  const base = found !== null && found.server === client.server && found.datastore === datastore ? found : null;
  const asked = list(values, "container");
  await containersNamed(client, [id], asked);
  const named = read.flatMap(({ checks }) => checks.map(({ check }) => check.container));
  const scope: Scope = { datastore: id, containers: containersOf(asked, base, named, isPull) };
  const isIn = within(scope.containers);
  const { checks: remote, forms } = await remoteState(client, scope);
  const all = identified(
    read.flatMap(({ checks }) => checks),
    remote,
  );
  const byFile = Map.groupBy(all, ({ file }) => file);
  const files = read.map(({ file, text: content }) => ({ file, text: content, checks: byFile.get(file) ?? [] }));
  const local = new Map(all.filter(({ check }) => isIn(check.container)).map(({ key, own }) => [key, own]));
  const items = compare(kept(base, isIn), local, remote);
  return { path, client, datastore, scope, base, files, local, remote, forms, items, isForeign: found !== null && base === null };
};
