/**
 * Extensions of DuckDB that the dataplane reads object stores and URLs with. Packages of PyPI carry them as DuckDB has built and signed
 * them; the engine verifies that signature each time it loads one, whoever has packed it.
 */
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { kept } from "../tools/cache.ts";
import { unzipFile } from "../tools/zip.ts";
import type { Extension } from "./sbom.ts";

/** Of the engine in package-lock.json: an extension fits one version. */
export const ENGINE_VERSION = "1.5.5";
const PLATFORM = "linux_amd64";
/** Below it, as the engine looks for them; the image says so in TOUCHSTONE_EXTENSIONS. */
export const EXTENSIONS_FOLDER = "usr/share/touchstone/extensions";

/** Name, and SHA-256 of the wheel for Linux on x64. */
const WHEELS: Readonly<Record<string, string>> = {
  azure: "6c436ac1ff00953cf79ac32820ad66c9037da3cd7d70b4a351a1364cda02f213",
  httpfs: "84913dbe172ccb54368de2c4a020c38ca8b0e76f99df548f7fac37934cc7826f",
};

const fetched = (name: string, sha256: string): Promise<string> =>
  kept(`duckdb-${name}`, { registry: "pypi", name: `duckdb-extension-${name}`, version: ENGINE_VERSION, sha256 }, async (wheel) =>
    unzipFile(wheel, `duckdb_extension_${name}/extensions/v${ENGINE_VERSION}/${name}.duckdb_extension`),
  );

/** Puts them into the root of an image. Throws when one cannot be had, or is another than it was. */
export const copyExtensions = async (root: string): Promise<Extension[]> => {
  const folder = join(root, EXTENSIONS_FOLDER, `v${ENGINE_VERSION}`, PLATFORM);
  await mkdir(folder, { recursive: true });
  const copied: Extension[] = [];
  for (const [name, wheel] of Object.entries(WHEELS)) {
    const path = join(folder, `${name}.duckdb_extension`);
    await cp(await fetched(name, wheel), path);
    await chmod(path, 0o644);
    const sha256 = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    copied.push({ name, version: ENGINE_VERSION, sha256, license: "MIT" });
  }
  return copied;
};
