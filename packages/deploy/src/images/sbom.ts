/**
 * What an image is made of, as a bill of materials (CycloneDX 1.6, ECMA-424): every package of npm by the lock file's own hash, the packages
 * of Debian, Node, the engine's extensions, and what is compiled into these. The same inputs give the same text: it says no time. Pure.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Compiled } from "./compiled.ts";

const LockEntry = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
/** `package-lock.json`, version 3: packages by their folder. */
export const Lock = z.looseObject({ lockfileVersion: z.literal(3), packages: z.record(z.string(), LockEntry) });
export type Lock = z.infer<typeof Lock>;

export type SystemPackage = { name: string; version: string; architecture: string; sha256: string; license: string };
export type Extension = { name: string; version: string; sha256: string; license: string };
/** A program that is built of Go's modules. */
export type Tool = { name: string; version: string; sha256: string; license: string; module: string };

type License = { expression: string } | { license: { name: string } };
type Hash = { alg: "SHA-256" | "SHA-512"; content: string };
export type Component = {
  type: "application" | "library" | "container";
  "bom-ref": string;
  group?: string;
  name: string;
  /** Not of everything that is compiled in can it be known. */
  version?: string;
  hashes?: Hash[];
  licenses: License[];
  purl: string;
};
export type Bom = {
  $schema: string;
  bomFormat: "CycloneDX";
  specVersion: "1.6";
  serialNumber: string;
  version: 1;
  metadata: { lifecycles: { phase: "build" }[]; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
};

export type Ingredients = {
  image: string;
  version: string;
  lock: Lock;
  /** Folders of the lock file that are in the image. */
  folders: readonly string[];
  debs: readonly SystemPackage[];
  extensions: readonly Extension[];
  tools?: readonly Tool[];
  compiled?: readonly Compiled[];
};

/** What is in no list of licences has a name only. */
const NAMED_LICENSES = new Set(["public domain"]);
const licensed = (license: string): License[] => [NAMED_LICENSES.has(license) ? { license: { name: license } } : { expression: license }];

/** `node_modules/a/node_modules/@b/c`: `@b/c`. */
export const packageNameOf = (folder: string): string => folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);

/** Package URLs (ECMA-427) write the `@` of a scope in hexadecimal. */
const npmUrl = (name: string, version: string): string => `pkg:npm/${name.replace(/^@/, "%40")}@${encodeURIComponent(version)}`;

/** `sha512-…` in base64, as npm writes it, in hexadecimal. */
const integrityHash = (integrity: string | undefined): { hashes?: Hash[] } => {
  const [, base64] = /^sha512-([A-Za-z0-9+/=]+)$/.exec(integrity ?? "") ?? [];
  return base64 === undefined ? {} : { hashes: [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }] };
};

const npmComponent = (lock: Lock, folder: string): Component => {
  const entry = lock.packages[folder];
  const full = packageNameOf(folder);
  if (entry?.version === undefined) throw new Error(`${folder} is not in the lock file`);
  if (entry.license === undefined) throw new Error(`${full} says no licence`);
  const [group, name] = full.startsWith("@") ? full.split("/") : [undefined, full];
  const purl = npmUrl(full, entry.version);
  return {
    type: "library",
    "bom-ref": purl,
    ...(group === undefined ? {} : { group }),
    name: name ?? full,
    version: entry.version,
    ...integrityHash(entry.integrity),
    licenses: licensed(entry.license),
    purl,
  };
};

/** What is one file: known by its digest. */
const fileComponent = (
  { name, version, sha256, license }: Pick<Extension, "name" | "version" | "sha256" | "license">,
  purl: string,
  more: { type?: "library" | "application"; group?: string } = {},
): Component => ({
  type: "library",
  "bom-ref": purl,
  ...more,
  name,
  version,
  hashes: [{ alg: "SHA-256", content: sha256 }],
  licenses: licensed(license),
  purl,
});

const debComponent = (deb: SystemPackage): Component =>
  fileComponent(deb, `pkg:deb/debian/${deb.name}@${encodeURIComponent(deb.version)}?arch=${deb.architecture}`);

const extensionComponent = (extension: Extension): Component =>
  fileComponent(extension, `pkg:generic/duckdb-extension-${extension.name}@${extension.version}`, { group: "duckdb" });

const toolComponent = (tool: Tool): Component => fileComponent(tool, `pkg:golang/${tool.module}@v${tool.version}`, { type: "application" });

/** One library in two files may be of two versions, and is two things; its own package's hash is that of the file it is in. */
const compiledComponent = ({ within, name, version, license, purl }: Compiled): Component => {
  const url = purl ?? `pkg:generic/${name}${version === null ? "" : `@${encodeURIComponent(version)}`}`;
  return {
    type: "library",
    "bom-ref": `${within}#${name}`,
    name,
    ...(version === null ? {} : { version }),
    licenses: licensed(license),
    purl: url,
  };
};

/** The reference of a package of npm in the bill of an image. */
export const npmRef = (lock: Lock, folder: string): string => npmComponent(lock, folder)["bom-ref"];
export const extensionRef = (extension: Extension): string => extensionComponent(extension)["bom-ref"];

/** Where Node finds a package from a folder: in it, or above. */
const foundFrom = (folder: string, name: string, there: ReadonlySet<string>): string | null => {
  for (let at = folder; ; at = at.includes("/node_modules/") ? at.slice(0, at.lastIndexOf("/node_modules/")) : "") {
    const path = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (there.has(path)) return path;
    if (at === "") return null;
  }
};

const byRef = (a: { "bom-ref": string }, b: { "bom-ref": string }): number => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);

/** An id of the contents (a UUID of version 5 by its form): two bills of the same things are one. */
const serialOf = (components: readonly Component[]): string => {
  const hex = createHash("sha256").update(JSON.stringify(components)).digest("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The bill of materials of an image. Throws for a package that is not in the lock file, or says no licence. */
export const sbomOf = ({ image, version, lock, folders, debs, extensions, tools = [], compiled = [] }: Ingredients): Bom => {
  const there = new Set(folders);
  const npm = new Map(folders.map((folder) => [folder, npmComponent(lock, folder)]));
  const all = [...npm.values(), ...debs.map(debComponent), ...extensions.map(extensionComponent), ...tools.map(toolComponent)];
  const within = compiled.map(compiledComponent);
  // One version in two folders is one thing.
  const components = [...new Map([...all, ...within].map((component) => [component["bom-ref"], component])).values()].toSorted(byRef);
  const purl = `pkg:oci/${image}?tag=${version}`;
  const own: Component = {
    type: "container",
    "bom-ref": purl,
    group: "touchstone",
    name: image,
    version,
    licenses: licensed("Apache-2.0"),
    purl,
  };
  const needs = new Map<string, Set<string>>();
  for (const [folder, component] of npm) {
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[folder] ?? {};
    const refs = needs.get(component["bom-ref"]) ?? new Set();
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const ref = npm.get(foundFrom(folder, name, there) ?? "")?.["bom-ref"];
      if (ref !== undefined) refs.add(ref);
    }
    needs.set(component["bom-ref"], refs);
  }
  for (const one of compiled) needs.set(one.within, (needs.get(one.within) ?? new Set()).add(compiledComponent(one)["bom-ref"]));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialOf(components),
    version: 1,
    metadata: { lifecycles: [{ phase: "build" }], component: own },
    components,
    dependencies: [
      {
        ref: purl,
        dependsOn: components.filter((one) => !within.some((inner) => inner["bom-ref"] === one["bom-ref"])).map((one) => one["bom-ref"]),
      },
      ...components.map((component) => ({ ref: component["bom-ref"], dependsOn: [...(needs.get(component["bom-ref"]) ?? [])].toSorted() })),
    ],
  };
};
