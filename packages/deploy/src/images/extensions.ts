/**
 * Extensions of DuckDB that the dataplane reads object stores and URLs with. Packages of PyPI carry them as DuckDB has built and signed
 * them; the engine verifies that signature each time it loads one, whoever has packed it.
 */
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { kept } from "../tools/cache.ts";
import { unzipFile } from "../tools/zip.ts";
import type { Architecture } from "../tools/debian.ts";
import type { Platform } from "./platform.ts";
import type { Extension } from "./sbom.ts";

/** Of the engine in package-lock.json: an extension fits one version. */
export const ENGINE_VERSION = "1.5.5";
/** Below it, as the engine looks for them; the image says so in TOUCHSTONE_EXTENSIONS. */
export const EXTENSIONS_FOLDER = "usr/share/touchstone/extensions";

/** Name, and SHA-256 of the wheel for Linux. */
const WHEELS: Readonly<Record<Architecture, Readonly<Record<string, string>>>> = {
  amd64: {
    azure: "6c436ac1ff00953cf79ac32820ad66c9037da3cd7d70b4a351a1364cda02f213",
    httpfs: "84913dbe172ccb54368de2c4a020c38ca8b0e76f99df548f7fac37934cc7826f",
  },
  arm64: {
    azure: "e0a5ed13403334c62d53fed35a3ae991c05766502346deef2bf8d4fa4c10374e",
    httpfs: "567d17e398fc29f7ea4bc42ea277ea19643bd1ad1815f676cb6dd994b50399bb",
  },
};
/** As pip calls the platform of a wheel. */
const WHEEL_PLATFORMS: Readonly<Record<Architecture, string>> = { amd64: "manylinux2014_x86_64", arm64: "manylinux2014_aarch64" };

const fetched = (name: string, sha256: string, architecture: Architecture): Promise<string> =>
  kept(
    `duckdb-${name}-${architecture}`,
    { registry: "pypi", name: `duckdb-extension-${name}`, version: ENGINE_VERSION, sha256, platform: WHEEL_PLATFORMS[architecture] },
    async (wheel) => unzipFile(wheel, `duckdb_extension_${name}/extensions/v${ENGINE_VERSION}/${name}.duckdb_extension`),
  );

/** Puts them into the root of an image. Throws when one cannot be had, or is another than it was. */
export const copyExtensions = async (root: string, { architecture, engine }: Platform): Promise<Extension[]> => {
  const folder = join(root, EXTENSIONS_FOLDER, `v${ENGINE_VERSION}`, engine);
  await mkdir(folder, { recursive: true });
  const copied: Extension[] = [];
  for (const [name, wheel] of Object.entries(WHEELS[architecture])) {
    const path = join(folder, `${name}.duckdb_extension`);
    await cp(await fetched(name, wheel, architecture), path);
    await chmod(path, 0o644);
    const sha256 = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    copied.push({ name, version: ENGINE_VERSION, sha256, license: "MIT" });
  }
  return copied;
};
