/**
 * Reads a provider's schema off the bindings that were generated from it (npm's `@cdktf/provider-…`), the only place outside the provider's own
 * binary where it is written down. Each class writes its arguments in one function, says of each whether it may be left out by a `reset…` method, and
 * says in comments what is only computed. For developers, when a version is raised: `write-schemas.ts`.
 */
import { readdirSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Attribute, AttributeType, Block, NestedBlock, ProviderSchema } from "./schema.ts";

/** What a module of the bindings exports: classes and functions, of which only the text is read. */
type Exported = Readonly<Record<string, unknown>>;

/** One argument as it is written out: `name: { value: …, isBlock: …, type: …, storageClassType: … }`. */
type Argument = { name: string; value: string; isBlock: boolean; type: string; storage: string };
/** A member that is an object of a class of its own. */
type Member = { className: string; kind: "List" | "Map" | "OutputReference"; isSet: boolean };

const ARGUMENT =
  /^\s+"?([a-z0-9_]+)"?: \{\s*\n\s+value: (.*),\s*\n\s+isBlock: (true|false),\s*\n\s+type: "(\w+)",\s*\n\s+storageClassType: "(\w+)"/gm;
const MEMBER = /this\._\w+ = new (?:\w+\.)?(\w+?)(List|Map|OutputReference)\(this, "([a-z0-9_]+)"(?:, (true|false))?/g;
const COMPUTED_MEMBER = /\/\/ ([a-z0-9_]+) - computed: true, optional: false, required: false\s*\n\s*this\._/g;
const COMPUTED_GETTER =
  /\/\/ ([a-z0-9_]+) - computed: true, optional: (?:true|false), required: false\s*\n\s*get \w+\(\) \{\s*([\s\S]*?)\n {4}\}/g;
const RESET = /\n\s+reset(\w+)\(\) \{/g;
const RESOURCE = /(\w+)\.tfResourceType = "([a-z0-9_]+)"/;

const SIMPLE: Readonly<Record<string, string>> = { string: "string", number: "number", boolean: "bool" };
const COLLECTION = /^(string|number|boolean|any)(List|Map)$/;

const textOf = (exported: Exported, name: string): string => {
  const value = exported[name];
  return typeof value === "function" ? value.toString() : "";
};

const argumentsIn = (text: string): Argument[] =>
  [...text.matchAll(ARGUMENT)].map(([, name = "", value = "", isBlock, type = "", storage = ""]) => ({
    name,
    value,
    isBlock: isBlock === "true",
    type,
    storage,
  }));

const isKind = (kind: string | undefined): kind is Member["kind"] => kind === "List" || kind === "Map" || kind === "OutputReference";

const membersIn = (text: string): Map<string, Member> =>
  new Map(
    [...text.matchAll(MEMBER)].flatMap(([, className = "", kind, name = "", isSet]): [string, Member][] =>
      isKind(kind) ? [[name, { className, kind, isSet: isSet === "true" }]] : [],
    ),
  );

/** The type a getter of something computed answers with. */
const getterType = (body: string): AttributeType => {
  const [, simple = ""] = /^return this\.get(String|Number|Boolean)Attribute\(/.exec(body) ?? [];
  if (simple !== "") return SIMPLE[simple.toLowerCase()] ?? "dynamic";
  const [, element, shape] = /this\.get(String|Number|Boolean|Any)?(List|Map)Attribute\(/.exec(body) ?? [];
  if (shape === undefined) return "dynamic";
  const of = SIMPLE[(element ?? "String").toLowerCase()] ?? "dynamic";
  return shape === "Map" ? ["map", of] : [body.includes("tolist(") ? "set" : "list", of];
};

/** Names of properties and of what resets them differ in case and underscores only. */
const folded = (name: string): string => name.replaceAll("_", "").toLowerCase();

class Reader {
  readonly #exported: Exported;
  constructor(exported: Exported) {
    this.#exported = exported;
  }

  /** The block of a class, whose arguments are written out in `written`. */
  block(classText: string, written: string): Block {
    const members = membersIn(classText);
    const resets = new Set([...classText.matchAll(RESET)].map(([, name = ""]) => folded(name)));
    const block: Block = { attributes: [], blocks: [] };
    const known = new Set<string>();
    for (const argument of argumentsIn(written)) {
      known.add(argument.name);
      const [, property = argument.name] = /(?:struct\.|this\._)(\w+?)(?:\.internalValue)?\)/.exec(argument.value) ?? [];
      // What a provider's own settings are made of has no class, and nothing says what of it may be left out.
      const isOptional = classText === "" || resets.has(folded(property));
      if (argument.isBlock) block.blocks.push(this.#nested(argument, members.get(argument.name), isOptional));
      else block.attributes.push(this.#given(argument, isOptional));
    }
    block.attributes.push(...this.#computed(classText, members, known));
    return block;
  }

  #structure(className: string): Block | null {
    const classText = textOf(this.#exported, `${className}OutputReference`);
    const writer = `${className.charAt(0).toLowerCase()}${className.slice(1)}ToHclTerraform`;
    const written = textOf(this.#exported, writer);
    return classText === "" && written === "" ? null : this.block(classText, written);
  }

  #nested(argument: Argument, member: Member | undefined, isOptional: boolean): NestedBlock {
    const isOne = argument.type === "struct";
    const isMany = argument.value.includes("listMapperHcl");
    return {
      type_name: argument.name,
      nesting: isOne ? "SINGLE" : argument.type === "set" ? "SET" : "LIST",
      min_items: !isOptional && !isOne ? 1 : 0,
      max_items: isMany || isOne ? 0 : 1,
      block: this.#structure(member?.className ?? argument.storage.replace(/List$/, "")) ?? { attributes: [], blocks: [] },
    };
  }

  #given({ name, type, storage }: Argument, isOptional: boolean): Attribute {
    // What may be left out is often filled in by the provider: an argument that is only optional could never be unknown.
    return {
      name,
      type: this.#type(type, storage),
      ...(isOptional ? { optional: true } : { required: true }),
      ...(isOptional && type === "simple" ? { computed: true } : {}),
    };
  }

  #type(type: string, storage: string): AttributeType {
    if (type === "simple") return SIMPLE[storage] ?? "dynamic";
    const [, element, shape] = COLLECTION.exec(storage) ?? [];
    if (shape !== undefined) return [shape === "Map" ? "map" : type === "set" ? "set" : "list", SIMPLE[element ?? ""] ?? "dynamic"];
    const object = this.#object(storage.replace(/List$/, ""));
    if (object === null) return "dynamic";
    return storage.endsWith("List") || type === "list" || type === "set" ? [type === "set" ? "set" : "list", object] : object;
  }

  #object(className: string): AttributeType | null {
    const block = this.#structure(className);
    return block === null ? null : objectOf(block);
  }

  /** What only the provider says. */
  #computed(classText: string, members: ReadonlyMap<string, Member>, known: Set<string>): Attribute[] {
    const found: Attribute[] = [];
    const add = (name: string, type: AttributeType): void => {
      if (known.has(name)) return;
      known.add(name);
      found.push({ name, type, computed: true });
    };
    for (const [, name = "", body = ""] of classText.matchAll(COMPUTED_GETTER))
      add(name, members.has(name) ? this.#memberType(members.get(name)) : getterType(body));
    for (const [, name = ""] of classText.matchAll(COMPUTED_MEMBER))
      add(name, members.has(name) ? this.#memberType(members.get(name)) : mapTypeOf(classText, name));
    return found;
  }

  #memberType(member: Member | undefined): AttributeType {
    const object = member === undefined ? null : this.#object(member.className);
    if (member === undefined || object === null) return "dynamic";
    if (member.kind === "OutputReference") return object;
    return [member.kind === "Map" ? "map" : member.isSet ? "set" : "list", object];
  }
}

const objectOf = ({ attributes, blocks }: Block): AttributeType => [
  "object",
  Object.fromEntries([
    ...attributes.map(({ name, type }) => [name, type] as const),
    ...blocks.map(({ type_name, nesting, block }) => {
      const inner = objectOf(block);
      return [type_name, nesting === "SINGLE" ? inner : ([nesting === "SET" ? "set" : "list", inner] as const)] as const;
    }),
  ]),
];

const mapTypeOf = (classText: string, name: string): AttributeType => {
  const [, element] = new RegExp(`new cdktf\\.(String|Number|Boolean|Any)Map\\(this, "${name}"`).exec(classText) ?? [];
  return element === undefined ? "dynamic" : ["map", SIMPLE[element.toLowerCase()] ?? "dynamic"];
};

const ID: Attribute = { name: "id", type: "string", optional: true, computed: true };

/** Folder names of bindings: `kms-key`, `data-oci-kms-key`, `provider`. */
const readFolder = (require: NodeJS.Require, folder: string): { type: string; block: Block; version: string } | null => {
  const file = join(folder, "index.js");
  if (!existsSync(file)) return null;
  const source = readFileSync(file, "utf8");
  const [, className = "", type = ""] = RESOURCE.exec(source) ?? [];
  if (type === "") return null;
  const structs = join(folder, "index-structs");
  const exported: Exported = { ...(require(file) as Exported), ...(existsSync(structs) ? (require(structs) as Exported) : {}) };
  const classText = textOf(exported, className);
  const [, written = ""] = /synthesizeHclAttributes\(\) \{([\s\S]*?)\n {4}\}/.exec(classText) ?? [];
  const [, version = ""] = /providerVersion: '([^']+)'/.exec(source) ?? [];
  return { type, block: new Reader(exported).block(classText, written), version };
};

/** What of a provider's schema the templates use; `wanted` names resources, and data sources as `data.TYPE`. */
export const deriveSchema = (bindings: string, wanted: ReadonlySet<string>): ProviderSchema => {
  const require = createRequire(join(bindings, "package.json"));
  const schema: ProviderSchema = { version: "", provider: { attributes: [], blocks: [] }, resources: {}, data: {} };
  const library = join(bindings, "lib");
  for (const name of readdirSync(library).toSorted()) {
    const isData = name.startsWith("data-");
    const read = readFolder(require, join(library, name));
    if (read === null) continue;
    if (name === "provider") {
      schema.provider = read.block;
      continue;
    }
    if (!wanted.has(`${isData ? "data." : ""}${read.type}`)) continue;
    if (!read.block.attributes.some((attribute) => attribute.name === "id")) read.block.attributes.push(ID);
    schema[isData ? "data" : "resources"][read.type] = read.block;
    schema.version = read.version;
  }
  return schema;
};
