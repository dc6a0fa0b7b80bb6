/** DuckDB extensions for remote files: accelerators that are put in place by hand, never fetched. */
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError, userError } from "@touchstone/core/errors";
import { extensionFolder as extensionRoot } from "../defaults.ts";

/** Engine version whose extensions fit; a test compares it with the engine itself. */
export const ENGINE_VERSION = "v1.5.5";

const ENDING = ".duckdb_extension";
/** Extensions that readers here can make use of. */
const KNOWN = [
  "httpfs",
  "azure",
  "aws",
  "delta",
  "iceberg",
  "avro",
  "excel",
  "postgres_scanner",
  "mysql_scanner",
  "sqlite_scanner",
  "spatial",
];

const PLATFORMS: Record<string, string> = {
  "linux-x64": "linux_amd64",
  "linux-arm64": "linux_arm64",
  "darwin-x64": "osx_amd64",
  "darwin-arm64": "osx_arm64",
  "win32-x64": "windows_amd64",
  "win32-arm64": "windows_arm64",
};

const platform = (): string => PLATFORMS[`${process.platform}-${process.arch}`] ?? `${process.platform}_${process.arch}`;

/** The folder in which extensions of this engine and machine lie. */
export const extensionFolder = (): string => join(extensionRoot(), ENGINE_VERSION, platform());

/** Names of the extensions that are in place. */
export const installedExtensions = (): string[] => {
  const folder = extensionFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
};

export const isInstalled = (name: string): boolean => existsSync(join(extensionFolder(), `${name}${ENDING}`));

const FOOTER_BYTES = 512;

/** The metadata at the end of an extension file: platform and engine version stand in it as text. */
const footerOf = (file: string): string => {
  const size = statSync(file).size;
  const bytes = Buffer.alloc(Math.min(FOOTER_BYTES, size));
  const handle = openSync(file, "r");
  try {
    readSync(handle, bytes, 0, bytes.length, Math.max(0, size - FOOTER_BYTES));
  } finally {
    closeSync(handle);
  }
  return bytes.toString("latin1");
};

const refuse = (file: string, reason: string): UserError => userError("OPTION_INVALID", file, reason);

/**
 * Copies an extension file to where the engine finds it and answers with its new path. The engine itself verifies the
 * signature when it loads it. Throws OPTION_INVALID for other files, other platforms and other engine versions.
 */
export const addExtension = (file: string): string => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) throw userError("SOURCE_NOT_FOUND", file);
  const name = basename(file).slice(0, -ENDING.length);
  if (!basename(file).endsWith(ENDING) || !KNOWN.includes(name))
    throw refuse(file, `it is called NAME${ENDING}, NAME being one of ${KNOWN.join(", ")}`);
  const footer = footerOf(file);
  if (!footer.includes(ENGINE_VERSION) || !footer.includes(platform()))
    throw refuse(file, `it is not an extension of engine ${ENGINE_VERSION} for ${platform()} (it must be uncompressed)`);
  const folder = extensionFolder();
  mkdirSync(folder, { recursive: true });
  const target = join(folder, basename(file));
  copyFileSync(file, target);
  return target;
};
