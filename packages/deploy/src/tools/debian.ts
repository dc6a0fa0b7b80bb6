/**
 * Packages of Debian of another release, or for another kind of processor, than this machine is: apt with lists of its own, so that
 * nothing of the machine's changes. They are fetched and unpacked, and never installed.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where the machine says from where it takes Debian's packages: deb822 (sources.list(5)). */
const SOURCES = "/etc/apt/sources.list.d/debian.sources";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const TIMEOUT_MS = 300_000;

export type Architecture = "amd64" | "arm64";
export type Wanted = {
  /** Null: those that the machine takes its own from. */
  suite: string | null;
  architecture: Architecture;
};

/** The same mirror, for another suite. Throws where the machine names none. */
const listFor = async (suite: string): Promise<string> => {
  const [, address] = /^URIs:\s*(\S+)/m.exec(await readFile(SOURCES, "utf8")) ?? [];
  if (address === undefined) throw new Error(`${SOURCES} names no address`);
  return `deb [signed-by=${KEYRING}] ${address} ${suite} main\n`;
};

const optionsIn = (home: string, list: string, architecture: Architecture): string[] =>
  [
    `Dir::Etc::SourceList=${list}`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State=${home}`,
    `Dir::State::status=${join(home, "status")}`,
    `Dir::Cache=${home}`,
    `APT::Architecture=${architecture}`,
    `APT::Architectures::=${architecture}`,
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
  ].flatMap((option) => ["-o", option]);

/** Fetches packages into a folder; `name` or `name=version`. Throws where one cannot be had. */
export const downloadDebs = async ({ suite, architecture }: Wanted, names: readonly string[], into: string): Promise<void> => {
  const home = await mkdtemp(join(tmpdir(), "touchstone-apt-"));
  try {
    for (const folder of ["lists/partial", "archives/partial"]) await mkdir(join(home, folder), { recursive: true });
    await writeFile(join(home, "status"), "");
    const list = suite === null ? SOURCES : join(home, "sources.list");
    if (suite !== null) await writeFile(list, await listFor(suite));
    const options = optionsIn(home, list, architecture);
    await run("apt-get", [...options, "--quiet", "update"], { timeout: TIMEOUT_MS });
    await run("apt-get", [...options, "--quiet", "download", ...names], { cwd: into, timeout: TIMEOUT_MS });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
};

/** One file out of a package. */
export const fileOfDeb = async (deb: Buffer, path: string): Promise<Buffer> => {
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-deb-"));
  try {
    await writeFile(join(scratch, "package.deb"), deb);
    await run("dpkg-deb", ["--extract", join(scratch, "package.deb"), join(scratch, "root")]);
    return await readFile(join(scratch, "root", path));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
