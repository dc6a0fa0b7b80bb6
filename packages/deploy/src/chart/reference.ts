/** The chart's README: sizes, every value, and every setting with its environment variable. */
import { VERSIONS } from "./changes.ts";
import { CHART_SETTINGS } from "./settings.ts";
import { hasParts, propertiesOf, type Node } from "./schema.ts";
import { SIZE_DEFAULT, SIZE_NAMES, SIZES } from "./sizes.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (...cells: string[]): string => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: string[], rows: string[][]): string =>
  [row(...head), row(...head.map(() => "---")), ...rows.map((cells) => row(...cells))].join("\n");

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;
const typeOf = (node: Node): string => {
  if (node.enum !== undefined) return node.enum.join(", ");
  const kinds = (node.anyOf ?? []).map((inner) => inner.type ?? inner.const);
  return String(node.type ?? [...new Set(kinds)].join(" or "));
};

const valueRows = (node: Node, path: string): string[][] =>
  propertiesOf(node).flatMap(([name, inner]) => {
    const at = path === "" ? name : `${path}.${name}`;
    if (at === "settings") return [[`\`${at}.*\``, "object", "", "the table of settings below"]];
    const usual = inner.default === undefined || hasParts(inner) ? "" : code(inner.default);
    const own = [[`\`${at}\``, typeOf(inner), usual, inner.description ?? ""]];
    return hasParts(inner) ? [...(inner.description === undefined ? [] : own), ...valueRows(inner, at)] : own;
  });

const sizeRows = (): string[][] =>
  SIZE_NAMES.map((name) => {
    const { summary, controlPlane: api, dataplane } = SIZES[name];
    return [
      name === SIZE_DEFAULT ? `**${name}**` : name,
      summary,
      `${api.replicas.min} to ${api.replicas.max} × ${api.cpu} CPU, ${api.memory}`,
      `${dataplane.replicas} × ${dataplane.cpu} CPU, ${dataplane.memory} (engine ${dataplane.engineMemory}, spill ${dataplane.spill})`,
    ];
  });

const settingRows = (): string[][] =>
  CHART_SETTINGS.map(({ name, env, docs, default: usual, answered }) => [
    `\`${env}\``,
    answered === null ? `\`settings.${name}\`` : answered,
    usual === null || usual === "" || answered !== null ? "" : code(usual),
    docs,
  ]);

const versionRows = (): string[][] =>
  VERSIONS.map(({ version, changes, upgrading }) => [
    version,
    changes.map(({ kind, description }) => `${kind}: ${description}`).join(". "),
    upgrading,
  ]);

export const chartReadme = (schema: Node): string => `# Touchstone on Kubernetes

How to install, upgrade, back up and restore: [docs/deployment.md](../../../docs/deployment.md). This page is made from
\`packages/deploy/src/chart\` and \`packages/server/src/config.ts\` by \`node packages/deploy/src/chart/write.ts\`.

## Sizes

${table(["size", "for", "control plane", "each group of dataplanes"], sizeRows())}

## Values

A value without a default follows from the size or from other values.

${table(["value", "type", "default", "meaning"], valueRows(schema, ""))}

## Settings of the control plane

${table(["variable", "where it comes from", "default", "meaning"], settingRows())}

## Versions

${table(["version", "what is new", "who upgrades to it"], versionRows())}
`;
