/**
 * What of a Terraform state (format 4, as `terraform state pull` prints it) the other side needs: by what names to take the resources
 * over, and how the old state forgets them without destroying anything. Nothing else of a state leaves here: it may hold secrets.
 *
 * The customer applies the same template, so every address stays: there is nothing for `moved` to say.
 */
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { quoted } from "../infra/backend.ts";
import { importIdOf, isRemade } from "./import-ids.ts";

const State = z.looseObject({
  version: z.literal(4),
  resources: z.array(
    z.looseObject({
      module: z.string().optional(),
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.looseObject({ index_key: z.union([z.string(), z.number()]).optional(), attributes: z.record(z.string(), z.unknown()).nullish() }),
      ),
    }),
  ),
});
type State = z.infer<typeof State>;

const indexOf = (key: string | number | undefined): string => (key === undefined ? "" : `[${typeof key === "number" ? key : quoted(key)}]`);

/** Throws STATE_UNUSABLE. */
export const readState = (text: string, name: string): State => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw userError("STATE_UNUSABLE", name, "it is not JSON");
  }
  const { success, data } = State.safeParse(value);
  if (!success) throw userError("STATE_UNUSABLE", name, "it is not a state of format 4, as `terraform state pull` prints it");
  return data;
};

const importBlock = (address: string, id: string | null): string =>
  id === null
    ? `# ${address}: the state does not say by what name; look it up in the cloud\n`
    : `import {\n  to = ${address}\n  id = ${quoted(id)}\n}\n`;

const removedBlock = (address: string): string => `removed {\n  from = ${address}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`;

/** Modules of the first level as a whole, and resources beside them. */
const topOf = (address: string): string => /^module\.[\w-]+/.exec(address)?.[0] ?? address;

export type StateRecipes = { resources: number; imports: string; removed: string };

export const recipesOf = ({ resources }: State): StateRecipes => {
  const managed = resources.filter(({ mode }) => mode === "managed");
  const instances = managed.flatMap(({ module, type, name, instances: each }) =>
    each.map(({ index_key, attributes }) => ({
      type,
      address: `${module === undefined ? "" : `${module}.`}${type}.${name}${indexOf(index_key)}`,
      attributes: attributes ?? {},
    })),
  );
  const tops = new Set(managed.map(({ module, type, name }) => topOf(module === undefined ? `${type}.${name}` : module)));
  return {
    resources: instances.length,
    imports: instances
      .map(({ type, address, attributes }) =>
        isRemade(type)
          ? `# ${address}: is in no cloud, or cannot be imported; an apply makes it anew\n`
          : importBlock(address, importIdOf(type, attributes)),
      )
      .join("\n"),
    removed: [...tops].toSorted().map(removedBlock).join("\n"),
  };
};
