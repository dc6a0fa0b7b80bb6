/** Bills of materials against CycloneDX's own JSON schema, which a package of PyPI carries. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import { kept, type Source } from "../tools/cache.ts";
import { unzipFile } from "../tools/zip.ts";
import { Lock, sbomOf } from "./sbom.ts";

const WHEEL: Source = {
  registry: "pypi",
  name: "cyclonedx-python-lib",
  version: "11.12.0",
  sha256: "0e807521a921a5c3cb8ce1153f8a61d29eedfe76a46aac2796b7c6b573391a54",
};
const NAMES = ["bom-1.6", "spdx", "jsf-0.82"];

const schemas = async (): Promise<object[] | string> => {
  try {
    const paths: string[] = [];
    for (const name of NAMES)
      paths.push(
        await kept(`cyclonedx-${name}`, WHEEL, async (wheel) => unzipFile(wheel, `cyclonedx/schema/_res/${name}.SNAPSHOT.schema.json`)),
      );
    return await Promise.all(paths.map(async (path): Promise<object> => JSON.parse(await readFile(path, "utf8"))));
  } catch (thrown) {
    return `the schema cannot be had here: ${String(thrown)}`;
  }
};
const found = await schemas();

test("a bill of everything that is locked is one of CycloneDX 1.6", { skip: typeof found === "string" ? found : false }, () => {
  const lock = Lock.parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../../../package-lock.json"), "utf8")));
  const folders = Object.entries(lock.packages).flatMap(([folder, { link }]) =>
    folder.includes("node_modules/") && link !== true ? [folder] : [],
  );
  const tzdata = { name: "tzdata", version: "1", architecture: "all", sha256: "a".repeat(64), license: "public domain" };
  const bom = sbomOf({ image: "dataplane", version: "0.1.0", lock, folders, debs: [tzdata], extensions: [] });
  const [schema = {}, ...others] = typeof found === "string" ? [] : found;
  // Formats are about addresses, which none of ours are.
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const [at, other] of others.entries()) ajv.addSchema(other, `http://cyclonedx.org/schema/${NAMES[at + 1]}.SNAPSHOT.schema.json`);
  const validate = ajv.compile(schema);
  assert.ok(validate(structuredClone(bom)), JSON.stringify(validate.errors?.slice(0, 5)));
  assert.ok(!validate({ ...bom, bomFormat: "Other" }), "the schema refuses something");
  assert.ok(!validate({ ...bom, components: [{ name: "x" }] }));
});
