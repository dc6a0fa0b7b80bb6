/** What a provider of Terraform says of itself: the attributes and blocks of its resources. Kept as JSON beside this file, trimmed to what the templates use. */

/** A type as Terraform writes it: "string", ["map", "string"], ["object", { … }]. */
export type AttributeType = string | readonly [string, AttributeType | { readonly [name: string]: AttributeType }];

export type Attribute = {
  name: string;
  type: AttributeType;
  required?: boolean;
  optional?: boolean;
  computed?: boolean;
};

export type Nesting = "SINGLE" | "LIST" | "SET" | "MAP";

export type NestedBlock = { type_name: string; nesting: Nesting; min_items: number; max_items: number; block: Block };

export type Block = { attributes: Attribute[]; blocks: NestedBlock[] };

export type ProviderSchema = {
  /** Version of the provider this was read off. */
  version: string;
  provider: Block;
  resources: { [type: string]: Block };
  data: { [type: string]: Block };
};

/** Arguments that are sent and never kept end so, by a convention of all providers. */
export const isWriteOnly = ({ name }: Attribute): boolean => name.endsWith("_wo");
