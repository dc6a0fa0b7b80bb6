/** The server's checks into the files: what was changed here and not there stays. */
import { userError } from "@touchstone/core/errors";
import { widened, writeBase } from "./base-file.ts";
import { partsOfKey, type Item } from "./compare.ts";
import { withIdentity } from "./identify.ts";
import { writeFiles, type Fate } from "./place.ts";
import type { Workspace } from "./workspace.ts";

export type Pulled = { taken: Item[]; kept: Item[]; written: string[] };

/** Throws CHECKS_CONFLICT when both sides changed a check, unless the server's side is forced. */
export const pull = (workspace: Workspace, force: boolean): Pulled => {
  const { path, client, datastore, scope, base, files, remote, items } = workspace;
  const conflicts = items.filter(({ side }) => side === "both");
  if (conflicts.length > 0 && !force)
    throw userError("CHECKS_CONFLICT", conflicts.length, "pull --force takes the server's, push --force those in the files");
  const taken = items.filter(({ side }) => side !== "files");
  const keys = new Set(taken.map(({ key }) => key));
  const written = writeFiles(
    path,
    files,
    fateIn(workspace, keys),
    [...keys].filter((key) => !workspace.local.has(key)).flatMap((key) => remote.get(key) ?? []),
  );
  // Containers that were not looked at this time are as they were.
  const others = [...(base?.checks ?? [])].filter(
    ([, { container }]) => scope.containers !== null && !scope.containers.includes(container),
  );
  writeBase(path, {
    server: client.server,
    datastore,
    containers: widened(base, scope.containers),
    checks: new Map([...others, ...remote]),
  });
  return { taken, kept: items.filter(({ side }) => side === "files"), written };
};

const fateIn =
  ({ local, remote }: Workspace, taken: ReadonlySet<string>): Fate =>
  ({ key, isWritten, check }) => {
    if (taken.has(key)) return remote.get(key) ?? null;
    // A check that the server knows gets its identity written beside it, so that it keeps it when it is edited.
    return !isWritten && local.has(key) && remote.has(key) ? withIdentity(check, partsOfKey(key).uid) : undefined;
  };
