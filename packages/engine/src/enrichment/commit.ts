/**
 * Many files put in place as one. They are written into a staging folder and flushed; a manifest that says what goes
 * where is then renamed into being: that is the commit. Whoever comes next finishes an operation with a manifest and
 * sweeps one without. All of it under the folder's lock.
 */
import { existsSync, statSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";

/** Paths below the target's folder: a table and a file, no way out of it. */
const Place = z.string().regex(/^[a-z0-9_]+\/[\w-][\w.-]*\.parquet$/);

const Manifest = z.object({
  version: z.literal(1),
  staging: z.string().regex(/^staging-[0-9a-f]+$/),
  removals: z.array(Place),
  moves: z.array(z.object({ from: z.string().regex(/^\d+\.parquet$/), to: Place })),
});
export type Manifest = z.infer<typeof Manifest>;

const MANIFEST = "commit.json";

/** Flushes a file or folder to disk. */
export const syncPath = async (path: string): Promise<void> => {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Makes a folder and those above it. Node's own `recursive` never ends where the system answers ENOENT below an existing
 * folder (/proc does).
 */
export const makeFolder = async (path: string): Promise<void> => {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  try {
    await mkdir(path);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST" && statSync(path).isDirectory())) throw thrown;
  }
};

const isAbsent = (thrown: unknown): boolean => thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";

/** Moves what is still in staging; what has been moved before stays. */
const move = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to);
  } catch (thrown) {
    if (!isAbsent(thrown)) throw thrown;
  }
};

/** Carries out a manifest; can be cut off and repeated at any point. */
const apply = async (folder: string, control: string, manifest: Manifest): Promise<void> => {
  const arriving = new Set(manifest.moves.map(({ to }) => to));
  for (const place of manifest.removals) if (!arriving.has(place)) await rm(join(folder, place), { force: true });
  for (const { from, to } of manifest.moves) await move(join(control, manifest.staging, from), join(folder, to));
  const tables = new Set([...manifest.removals, ...arriving].map((place) => dirname(join(folder, place))));
  for (const table of tables) {
    try {
      await syncPath(table);
    } catch (thrown) {
      if (!isAbsent(thrown)) throw thrown;
    }
  }
  await syncPath(folder);
  await rm(join(control, MANIFEST), { force: true });
  await syncPath(control);
  await rm(join(control, manifest.staging), { recursive: true, force: true });
};

/** Null when there is none. Throws TARGET_WRITE_FAILED for one that was not written by us. */
const readManifest = async (folder: string, control: string): Promise<Manifest | null> => {
  const path = join(control, MANIFEST);
  try {
    return Manifest.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (thrown) {
    if (isAbsent(thrown)) return null;
    if (!(thrown instanceof SyntaxError || thrown instanceof z.ZodError)) throw thrown;
    throw userError("TARGET_WRITE_FAILED", folder, `${path} is no manifest of an interrupted write; remove it if nobody needs it`);
  }
};

/** Ends what a killed writer left: finishes what was committed, sweeps what was not. The lock must be held. */
export const recover = async (folder: string, control: string): Promise<void> => {
  const manifest = await readManifest(folder, control);
  if (manifest !== null) await apply(folder, control, manifest);
  for (const entry of await readdir(control)) {
    if (entry.startsWith("staging-") || entry.startsWith(`${MANIFEST}.`)) await rm(join(control, entry), { recursive: true, force: true });
  }
};

/** Commits the staged files. The lock must be held, and the files must be complete. */
export const commit = async (folder: string, control: string, manifest: Manifest): Promise<void> => {
  const staging = join(control, manifest.staging);
  // Before the commit, so that what follows it are renames only, which hardly fail.
  for (const { to } of manifest.moves) await makeFolder(dirname(join(folder, to)));
  for (const { from } of manifest.moves) await syncPath(join(staging, from));
  await syncPath(staging);
  const unfinished = join(control, `${MANIFEST}.new`);
  const handle = await open(unfinished, "w");
  try {
    await handle.writeFile(JSON.stringify(manifest));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, join(control, MANIFEST));
  await syncPath(control);
  await apply(folder, control, manifest);
};
