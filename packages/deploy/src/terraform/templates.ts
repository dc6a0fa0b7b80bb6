/** The templates, one folder a root; and which resources and data sources they use. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const TEMPLATES = join(import.meta.dirname, "..", "..", "..", "..", "deploy", "terraform");

export type Root = {
  folder: string;
  /** Address of its provider in the registry, and the file of its schema. */
  provider: string;
  schema: string;
};

const infra = (cloud: string, provider: string): Root => ({
  folder: join(cloud, "infra"),
  provider,
  schema: provider.split("/")[1] ?? provider,
});
const addons = (cloud: string): Root => ({ folder: join(cloud, "addons"), provider: "hashicorp/kubernetes", schema: "kubernetes" });

export const ROOTS: readonly Root[] = [
  infra("aws", "hashicorp/aws"),
  infra("azure", "hashicorp/azurerm"),
  infra("gcp", "hashicorp/google"),
  infra("oci", "oracle/oci"),
  ...["aws", "azure", "gcp", "oci"].map(addons),
];

/** Types of resources and, as `data.TYPE`, of data sources that a root names. */
export const typesUsed = ({ folder }: Root): Set<string> => {
  const used = new Set<string>();
  for (const file of globSync(join(TEMPLATES, folder, "**/*.tf")))
    for (const [, kind, type = ""] of readFileSync(file, "utf8").matchAll(/^(resource|data) "(\w+)"/gm))
      used.add(kind === "data" ? `data.${type}` : type);
  return used;
};
