/** Bills of materials, and the licences of everything that is locked. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ENGINE_VERSION } from "./extensions.ts";
import { isPermissive, licenseReport } from "./licenses.ts";
import { Lock, packageNameOf, sbomOf, type Bom, type Ingredients } from "./sbom.ts";

const lock = Lock.parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../../../package-lock.json"), "utf8")));
const others = Object.entries(lock.packages).filter(([folder, { link }]) => folder.includes("node_modules/") && link !== true);
const deb = {
  name: "libstdc++6",
  version: "12.2.0-14+deb12u1",
  architecture: "amd64",
  sha256: "a".repeat(64),
  license: "GPL-3.0-or-later WITH GCC-exception-3.1",
};
const tzdata = { ...deb, name: "tzdata", version: "2026a-0+deb12u1", architecture: "all", license: "public domain" };
const extension = { name: "httpfs", version: "1.5.5", sha256: "b".repeat(64), license: "MIT" };
const real: Ingredients = {
  image: "dataplane",
  version: "0.1.0",
  lock,
  folders: others.map(([folder]) => folder),
  debs: [deb, tzdata],
  extensions: [extension],
};

test("nothing that is locked, for the program or for its tests, is under a licence that asks for more than to be told of", () => {
  assert.ok(others.length > 100);
  assert.deepEqual(
    others.flatMap(([folder, { license }]) => (isPermissive(license ?? "") ? [] : [`${packageNameOf(folder)}: ${license}`])),
    [],
  );
});

const LICENSES: readonly [string, boolean][] = [
  ["MIT", true],
  ["(MIT OR GPL-3.0-only)", true],
  ["GPL-2.0-only OR Apache-2.0", true],
  ["MIT AND ISC", true],
  ["MIT AND LGPL-2.1-or-later", false],
  ["GPL-3.0-or-later", false],
  ["AGPL-3.0-only", false],
  ["LGPL-3.0-only", false],
  ["(MIT AND (GPL-2.0-only OR ISC))", false],
  ["SEE LICENSE IN LICENSE.md", false],
  ["", false],
];
for (const [expression, expected] of LICENSES)
  test(`licence ${expression || "none"}: ${expected}`, () => assert.equal(isPermissive(expression), expected));

test("every component says version, licence and hash; references lead somewhere, and each once", () => {
  const { components, dependencies, metadata } = sbomOf(real);
  const refs = new Set([metadata.component, ...components].map((component) => component["bom-ref"]));
  assert.equal(refs.size, components.length + 1);
  for (const { name, version, licenses, hashes } of components)
    assert.ok(version !== "" && licenses.length === 1 && hashes?.length === 1, name);
  assert.deepEqual(new Set(dependencies.map(({ ref }) => ref)), refs);
  for (const { dependsOn } of dependencies) for (const ref of dependsOn) assert.ok(refs.has(ref), ref);
});

test("the same things give the same bill, in any order; other things another", () => {
  const text = (ingredients: Ingredients) => JSON.stringify(sbomOf(ingredients));
  assert.equal(text({ ...real, folders: real.folders.toReversed(), debs: [tzdata, deb] }), text(real));
  assert.notEqual(sbomOf({ ...real, debs: [deb] }).serialNumber, sbomOf(real).serialNumber);
  assert.match(sbomOf(real).serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

const small: Lock = Lock.parse({
  lockfileVersion: 3,
  packages: {
    "node_modules/a": {
      version: "1.0.0",
      license: "MIT",
      integrity: "sha512-AAEC",
      dependencies: { c: "^2", "@s/b": "*" },
      optionalDependencies: { left: "*" },
    },
    "node_modules/a/node_modules/c": { version: "2.0.0", license: "MIT" },
    "node_modules/@s/b": { version: "1.2.3-r.4", license: "ISC", dependencies: { c: "^1" } },
    "node_modules/c": { version: "1.0.0", license: "MIT" },
    "node_modules/d": { version: "1.0.0" },
  },
});
const billOf = (folders: readonly string[]): Bom => sbomOf({ image: "x", version: "1", lock: small, folders, debs: [], extensions: [] });

test("a package depends on the one that Node finds for it", () => {
  const { dependencies } = billOf(["node_modules/a", "node_modules/a/node_modules/c", "node_modules/@s/b", "node_modules/c"]);
  assert.deepEqual(Object.fromEntries(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn])), {
    "pkg:oci/x?tag=1": ["pkg:npm/%40s/b@1.2.3-r.4", "pkg:npm/a@1.0.0", "pkg:npm/c@1.0.0", "pkg:npm/c@2.0.0"],
    "pkg:npm/a@1.0.0": ["pkg:npm/%40s/b@1.2.3-r.4", "pkg:npm/c@2.0.0"],
    "pkg:npm/%40s/b@1.2.3-r.4": ["pkg:npm/c@1.0.0"],
    "pkg:npm/c@1.0.0": [],
    "pkg:npm/c@2.0.0": [],
  });
});

test("hashes are those of the lock file, and what it does not know is no bill", () => {
  assert.deepEqual(billOf(["node_modules/a"]).components[0]?.hashes, [{ alg: "SHA-512", content: "000102" }]);
  assert.throws(() => billOf(["node_modules/nowhere"]), /not in the lock file/);
  assert.throws(() => billOf(["node_modules/d"]), /no licence/);
});

test("Debian's packages by their package URL", () => {
  const { components } = sbomOf({ ...real, folders: [] });
  assert.deepEqual(
    components.map(({ purl }) => purl),
    [
      "pkg:deb/debian/libstdc++6@12.2.0-14%2Bdeb12u1?arch=amd64",
      "pkg:deb/debian/tzdata@2026a-0%2Bdeb12u1?arch=all",
      "pkg:generic/duckdb-extension-httpfs@1.5.5",
    ],
  );
});

test("the report lists packages by licence", () => {
  assert.equal(
    licenseReport(billOf(["node_modules/c", "node_modules/@s/b"])),
    "x 1: 2 packages by licence\n\nISC\n  @s/b 1.2.3-r.4\n\nMIT\n  c 1.0.0\n",
  );
});

test("the extensions are those of the engine that is locked", () => {
  assert.equal(lock.packages["node_modules/@duckdb/node-api"]?.version?.split("-")[0], ENGINE_VERSION);
});
