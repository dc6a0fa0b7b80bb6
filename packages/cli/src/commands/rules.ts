import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import { RULES, ruleByType } from "@touchstone/core/rules/index";
import type { Rule } from "@touchstone/core/rules/rule";
import { flag, type Command } from "./command.ts";

/** Lists the rules, or explains one from its own declaration. */
const command: Command = {
  usage: "rules [name]",
  summary: "list the rules, or explain one",
  docs: "Lists every rule with its title, or prints the documentation of one: what it asserts, the fields it takes, its properties.",
  options: [{ flags: "--json", docs: "as JSON, with the properties as JSON schema" }],
  examples: ["touchstone rules", "touchstone rules between", "touchstone rules --json"],
  run: async ([name], values, { stdout }) => {
    const chosen = name === undefined ? RULES : [find(name)];
    if (flag(values, "json"))
      stdout.write(`${JSON.stringify(name === undefined ? chosen.map(specification) : specification(chosen[0]!), null, 2)}\n`);
    else stdout.write(name === undefined ? listing() : explanation(chosen[0]!));
    return 0;
  },
};
export default command;

const find = (name: string): Rule => {
  const rule = ruleByType(name);
  if (!rule)
    throw userError(
      "RULE_UNKNOWN",
      name,
      nearestName(
        name,
        RULES.map(({ type }) => type),
      ),
    );
  return rule;
};

/** A rule as data: what a form or an editor needs. */
export const specification = (rule: Rule) => ({
  rule_type: rule.type,
  title: rule.title,
  docs: rule.docs,
  shape: rule.shape,
  fields: rule.takes,
  field_types: rule.appliesTo ?? null,
  filterable: rule.filterable,
  supports_coverage: rule.coverable,
  weight: rule.weight,
  category: rule.category,
  incremental_scope: rule.scope,
  properties: z.toJSONSchema(rule.properties, { io: "input", unrepresentable: "any" }),
});

const listing = (): string => {
  const width = Math.max(...RULES.map(({ type }) => type.length)) + 2;
  const lines = RULES.map(({ type, docs }) => `  ${type.padEnd(width)}${firstSentence(docs)}`);
  return `${RULES.length} rules\n\n${lines.join("\n")}\n`;
};

const firstSentence = (docs: string): string => /^.*?[.:](?=\s|$)/s.exec(docs)?.[0].replace(/:$/, ".") ?? docs;

const TAKES = {
  single: "one field",
  multi: "one or more fields",
  calculated: "the fields its expression names",
  none: "no field: it looks at the container",
};

const explanation = (rule: Rule): string => {
  const { properties } = specification(rule);
  const described = Object.entries(
    (properties.properties ?? {}) as Record<string, { description?: string; type?: string; default?: unknown }>,
  );
  const required = new Set((properties.required as string[] | undefined) ?? []);
  const lines = [
    `${rule.type}  (${rule.title})`,
    "",
    rule.docs,
    "",
    `takes       ${TAKES[rule.takes]}${rule.appliesTo ? `, of type ${rule.appliesTo.join(", ")}` : ""}`,
    `filter      ${rule.filterable ? "yes" : "no"}`,
    `coverage    ${rule.coverable ? "yes" : "no"}`,
    `an incremental scan looks at ${rule.scope === "slice" ? "the new rows" : "all rows"}`,
    "",
    ...(described.length === 0
      ? ["no properties"]
      : [
          "properties",
          ...described.map(
            ([name, schema]) => `  ${name}${required.has(name) ? "" : " (optional)"}  ${schema.description ?? schema.type ?? ""}`,
          ),
        ]),
  ];
  return `${lines.join("\n")}\n`;
};
