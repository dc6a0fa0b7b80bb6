/**
 * The root folder of an image, put together from what `npm ci` brought and from packages of Debian: what the program needs to run, and
 * nothing that runs anything else. The same inputs give the same files.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { downloadDebs, type Architecture } from "../tools/debian.ts";
import { VERSION } from "../chart/files.ts";
import { toolsFor } from "./cluster-tools.ts";
import { compiledIntoEngine, compiledIntoFile, compiledIntoNode, type Compiled } from "./compiled.ts";
import { copyExtensions, ENGINE_VERSION, EXTENSIONS_FOLDER } from "./extensions.ts";
import { licenseReport } from "./licenses.ts";
import { copyNode, hostArchitecture, packageFor, PLATFORMS, unpackLocked, type Platform } from "./platform.ts";
import { extensionRef, Lock, npmRef, sbomOf, type Bom, type Extension, type SystemPackage, type Tool } from "./sbom.ts";

const run = promisify(execFile);

export type ImageName = "control-plane" | "dataplane" | "updater";
export const IMAGE_NAMES: readonly ImageName[] = ["control-plane", "dataplane", "updater"];

/** What an image does not get of the program's packages: the control plane cannot read a datastore, and has no data to show; the updater has no store either. */
const LEFT_OUT: Readonly<Record<ImageName, RegExp>> = {
  "control-plane": /^node_modules\/(@duckdb\/|vega-datasets|@types\/)/,
  dataplane: /^node_modules\/@types\//,
  updater: /^node_modules\/(@duckdb\/|@electric-sql\/|vega-datasets|@types\/)/,
};

/** Our own packages. What changes a cluster is in the one image that may. */
const PROGRAM = ["core", "engine", "server", "cli"];
const PACKAGES: Readonly<Record<ImageName, readonly string[]>> = {
  "control-plane": PROGRAM,
  dataplane: PROGRAM,
  updater: [...PROGRAM, "deploy"],
};

const REPOSITORY = join(import.meta.dirname, "../../../..");
/** The C and C++ libraries that Node and DuckDB are linked with, certificate authorities, and time zones: what is taken of each, and its licence. */
const DEBS: Readonly<Record<string, string>> = {
  libc6: "LGPL-2.1-or-later",
  "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "ca-certificates": "MPL-2.0",
  tzdata: "public domain",
};
/** Of those packages: documentation and configuration of things that are not there stay out. */
const fromDebs = (triplet: string): RegExp[] => [
  /^lib(64)?\//,
  new RegExp(`^usr/lib/${triplet}/lib(stdc\\+\\+|gcc_s)`),
  /^usr\/share\/zoneinfo\//,
  /^lib64$/,
];
/** Folders on the way to something that is taken. */
const onTheWay = (triplet: string): ReadonlySet<string> =>
  new Set(["", "usr", "usr/lib", `usr/lib/${triplet}`, "usr/share", "usr/share/zoneinfo", "lib", "lib64"]);
const AUTHORITIES = "usr/share/ca-certificates/mozilla";
const USER = 65_532;

/** Files of our own packages that only tests use. */
const isForTests = (path: string): boolean => /\.test\.ts$|(^|\/)(trial|conformance|images|tools|simulation\.ts)(\/|$)/.test(path);

/** Folders of the packages that the command line leads to, as `npm ls` knows them, below the repository. */
const packageFolders = async (): Promise<string[]> => {
  const { stdout } = await run("npm", ["ls", "--omit=dev", "--all", "--parseable", "--workspace", "@touchstone/cli"], { cwd: REPOSITORY });
  return stdout
    .split("\n")
    .filter((path) => path !== "")
    .map((path) => relative(REPOSITORY, path))
    .filter((path) => path.startsWith(`node_modules${sep}`));
};

/** Links to our own packages that this image does not get stay out as well. */
const isWanted = (folder: string, image: ImageName): boolean => {
  const [, own] = /^node_modules\/@touchstone\/(.+)$/.exec(folder) ?? [];
  return !LEFT_OUT[image].test(folder) && (own === undefined || PACKAGES[image].includes(own));
};

const isHere = async (folder: string): Promise<boolean> => (await readdir(join(REPOSITORY, folder)).catch(() => [])).length > 0;

/** Answers the folders of other people's packages that went in. What is built for one kind of processor is taken for that of the image. */
const copyProgram = async (root: string, image: ImageName, platform: Platform, lock: Lock): Promise<string[]> => {
  const app = join(root, "app");
  const taken: string[] = [];
  for (const folder of (await packageFolders()).filter((path) => isWanted(path, image))) {
    const to = join(app, folder);
    await mkdir(dirname(to), { recursive: true });
    const link = await readlink(join(REPOSITORY, folder)).catch(() => null);
    // Our own packages are links into `packages`, where Node strips their types.
    if (link !== null) {
      await symlink(link, to);
      continue;
    }
    const wanted = packageFor(lock, folder, platform);
    taken.push(wanted);
    const into = join(app, wanted);
    if (!(await isHere(wanted))) await unpackLocked(lock, wanted, into);
    else
      await cp(join(REPOSITORY, wanted), into, {
        recursive: true,
        filter: (path) => !relative(join(REPOSITORY, wanted), path).includes("node_modules"),
      });
  }
  for (const name of PACKAGES[image]) {
    const from = join(REPOSITORY, "packages", name);
    await cp(from, join(app, "packages", name), { recursive: true, filter: (path) => !isForTests(relative(from, path)) });
  }
  await cp(join(REPOSITORY, "package.json"), join(app, "package.json"));
  await cp(join(REPOSITORY, "LICENSE"), join(app, "LICENSE"));
  return taken;
};

/** All certificate authorities in one file, as programs look for them. */
const writeAuthorities = async (root: string, unpacked: string): Promise<void> => {
  const folder = join(unpacked, AUTHORITIES);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".crt")).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  await mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  await writeFile(join(root, "etc/ssl/certs/ca-certificates.crt"), texts.map((text) => `${text.trimEnd()}\n`).join(""));
};

/** What a package says of itself. */
const debOf = async (file: string): Promise<SystemPackage> => {
  const { stdout } = await run("dpkg-deb", ["--show", "--showformat", "${Package}\\n${Version}\\n${Architecture}", file]);
  const [name = "", version = "", architecture = ""] = stdout.split("\n");
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  return { name, version, architecture, sha256, license: DEBS[name] ?? "" };
};

/** Answers the packages of Debian that went in. */
const copySystem = async (root: string, scratch: string, { architecture, triplet }: Platform): Promise<SystemPackage[]> => {
  const unpacked = join(scratch, "debian");
  await mkdir(unpacked, { recursive: true });
  if (architecture === hostArchitecture()) await run("apt-get", ["download", ...Object.keys(DEBS)], { cwd: scratch });
  else await downloadDebs({ suite: null, architecture }, Object.keys(DEBS), scratch);
  const [taken, way] = [fromDebs(triplet), onTheWay(triplet)];
  const debs: SystemPackage[] = [];
  for (const name of (await readdir(scratch)).filter((file) => file.endsWith(".deb")).toSorted()) {
    await run("dpkg-deb", ["--extract", name, "debian"], { cwd: scratch });
    debs.push(await debOf(join(scratch, name)));
  }
  await cp(unpacked, root, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => {
      const inside = relative(unpacked, path);
      return way.has(inside) || taken.some((one) => one.test(inside));
    },
  });
  await writeAuthorities(root, unpacked);
  await rm(unpacked, { recursive: true });
  return debs;
};

/** Helm and kubectl, which are one static file each. */
const copyTools = async (root: string, { architecture }: Platform): Promise<Tool[]> => {
  const { helm, kubectl, versions } = await toolsFor(architecture);
  for (const [name, path] of Object.entries({ helm, kubectl })) await cp(path, join(root, "usr/local/bin", name));
  return versions;
};

const ENGINE = /^node_modules\/@duckdb\/node-bindings-linux-/;

/** What is compiled into Node, the engine and its extensions, as their files here say. */
const compiledIn = async (
  root: string,
  lock: Lock,
  folders: readonly string[],
  extensions: readonly Extension[],
  { node, engine }: Platform,
): Promise<Compiled[]> => {
  // The Node of the image is of this version too, and says nothing on a machine of another kind.
  if (lock.packages[node]?.version !== process.versions.node)
    throw new Error(`images are built by the Node that is in them, and this is ${process.version}: node_modules/.bin/node`);
  const found = compiledIntoNode(process.versions, npmRef(lock, node));
  for (const folder of folders.filter((one) => ENGINE.test(one))) {
    const content = await readFile(join(root, "app", folder, "libduckdb.so"), "latin1");
    found.push(...compiledIntoEngine(content, ENGINE_VERSION, npmRef(lock, folder)));
  }
  for (const extension of extensions) {
    const path = join(root, EXTENSIONS_FOLDER, `v${ENGINE_VERSION}`, engine, `${extension.name}.duckdb_extension`);
    found.push(...compiledIntoFile(await readFile(path, "latin1"), extensionRef(extension)));
  }
  return found;
};

/** What the image is made of, beside the program: for scanners, and for people who ask under which licences it is. */
const writeBill = async (root: string, bom: Bom): Promise<void> => {
  const folder = join(root, "usr/share/touchstone");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "sbom.cdx.json"), `${JSON.stringify(bom, null, 1)}\n`);
  await writeFile(join(folder, "licenses.txt"), licenseReport(bom));
};

/** Puts the root of an image together, and answers what is in it. Needs `npm ci` to have run, on Debian. */
export const makeRoot = async (image: ImageName, root: string, scratch: string, architecture: Architecture): Promise<Bom> => {
  const platform = PLATFORMS[architecture];
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, "usr/local/bin"), { recursive: true });
  const lock = Lock.parse(JSON.parse(await readFile(join(REPOSITORY, "package-lock.json"), "utf8")));
  const debs = await copySystem(root, scratch, platform);
  await copyNode(lock, platform, join(root, "usr/local/bin/node"));
  const folders = [...(await copyProgram(root, image, platform, lock)), platform.node];
  const extensions = image === "dataplane" ? await copyExtensions(root, platform) : [];
  const tools = image === "updater" ? await copyTools(root, platform) : [];
  const compiled = await compiledIn(root, lock, folders, extensions, platform);
  const bom = sbomOf({ image, version: VERSION, lock, folders, debs, extensions, tools, compiled });
  await writeBill(root, bom);
  // What people type after `kubectl exec`; the kernel starts Node for it, so no shell is needed.
  await writeFile(join(root, "usr/local/bin/touchstone"), '#!/usr/local/bin/node\nimport("/app/packages/cli/src/main.ts");\n', {
    mode: 0o755,
  });
  for (const folder of ["tmp", "var/lib/touchstone", "var/spill"]) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "etc/passwd"), `root:x:0:0:root:/:/none\nnonroot:x:${USER}:${USER}:nonroot:/tmp:/none\n`);
  await writeFile(join(root, "etc/group"), `root:x:0:\nnonroot:x:${USER}:\n`);
  // What any user may read, for OpenShift picks one; and the folders that are written where nothing is mounted over them.
  await run("chmod", ["-R", "u=rwX,go=rX", root]);
  await run("chmod", ["1777", join(root, "tmp"), join(root, "var/lib/touchstone"), join(root, "var/spill")]);
  return bom;
};
