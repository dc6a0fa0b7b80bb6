/** `values.yaml`: every value with its default and a sentence about it. A value without a default stands there as a comment. */
import { stringify } from "yaml";
import { hasParts, propertiesOf, type Node } from "./schema.ts";

const COLUMNS = 118;

const wrapped = (text: string, indent: string): string[] => {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const line = lines[last] ?? "";
    if (line !== "" && indent.length + line.length + word.length + 3 > COLUMNS) lines.push(word);
    else lines[last] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => `${indent}# ${line}`);
};

const choices = ({ enum: values }: Node): string => (values === undefined ? "" : ` [${values.join(" | ")}]`);

const valueLines = (name: string, value: unknown, indent: string): string[] =>
  stringify({ [name]: value }, { lineWidth: 0 })
    .trimEnd()
    .split("\n")
    .map((line) => indent + line);

/** The lines of one value. A value whose parts have no defaults is an empty one. */
const lines = (name: string, node: Node, indent: string): string[] => {
  const about = node.description === undefined ? [] : wrapped(`${node.description}${choices(node)}`, indent);
  if (node.default !== undefined && !hasParts(node)) return [...about, ...valueLines(name, node.default, indent)];
  if (!hasParts(node)) return [...about, `${indent}# ${name}:`];
  const parts = propertiesOf(node).flatMap(([part, inner]) => lines(part, inner, `${indent}  `));
  const isSaid = parts.some((line) => !line.trimStart().startsWith("#"));
  return [...about, ...(isSaid ? [`${indent}${name}:`, ...parts] : [`${indent}${name}: {}`])];
};

export const valuesYaml = (schema: Node, head: string): string =>
  [...wrapped(head, ""), ...propertiesOf(schema).flatMap(([name, node]) => ["", ...lines(name, node, "")]), ""].join("\n");
