/** Differences between files and server in words, and as data. Pure. */
import type { CheckDifference } from "@touchstone/core/rules/check-difference";
import { cell, counted, plain } from "../formats/words.ts";
import { partsOfKey, type Item, type Kind } from "./compare.ts";

const SIGN: Readonly<Record<Kind, string>> = { added: "+", changed: "~", retired: "-" };
const VALUE_CHARACTERS = 200;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const value = (given: unknown): string => {
  if (given === undefined || given === null) return "none";
  return cell(typeof given === "string" ? JSON.stringify(given) : given, VALUE_CHARACTERS);
};

/** `properties` says little: which of them changed is what people look for. */
const eachChange = (name: string, [before, after]: [unknown, unknown]): [string, unknown, unknown][] => {
  if (!isMapping(before) || !isMapping(after)) return [[name, before, after]];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => [`${name}.${key}`, before[key], after[key]]);
};

export const changeLines = (changes: CheckDifference): string[] =>
  Object.entries(changes).flatMap(([name, change]) =>
    eachChange(name, change).map(([part, before, after]) => `${part}: ${value(before)} → ${value(after)}`),
  );

const title = ({ check, key }: Item): string =>
  plain([check.rule_type, check.fields.join(", "), `(${partsOfKey(key).uid})`].filter(Boolean).join(" "));

const itemLines = (item: Item): string[] => {
  const changes = changeLines(item.changes).map((line) => `      ${line}`);
  const description =
    item.kind === "changed" || item.check.description === "" ? [] : [`      ${cell(item.check.description, VALUE_CHARACTERS)}`];
  const theirs =
    item.theirs === null
      ? []
      : [`      on the server it was ${item.theirs.kind} since:`, ...changeLines(item.theirs.changes).map((line) => `        ${line}`)];
  return [`  ${SIGN[item.kind]} ${title(item)}`, ...description, ...changes, ...theirs];
};

/** What changes, container by container. */
export const itemsText = (items: readonly Item[]): string => (items.length === 0 ? "" : `${byContainer(items).join("\n")}\n`);

const byContainer = (items: readonly Item[]): string[] =>
  [...Map.groupBy(items, ({ check }) => check.container)].flatMap(([container, inside]) => [
    plain(container),
    ...inside.flatMap(itemLines),
  ]);

const HEADINGS: readonly (readonly [Item["side"], string])[] = [
  ["files", "In the files (touchstone checks push takes it to the server):"],
  ["server", "On the server (touchstone checks pull takes it into the files):"],
  ["both", "On both sides, each in another way:"],
];

/** "2 added, 1 changed". */
export const tally = (items: readonly Item[]): string =>
  (["added", "changed", "retired"] as const)
    .map((kind) => [items.filter((item) => item.kind === kind).length, kind] as const)
    .filter(([number]) => number > 0)
    .map(([number, kind]) => `${number} ${kind}`)
    .join(", ");

export const differencesText = (items: readonly Item[], files: string, server: string): string => {
  if (items.length === 0) return `${files} and ${server} are the same\n`;
  const parts = HEADINGS.flatMap(([side, heading]) => {
    const own = items.filter((item) => item.side === side);
    return own.length === 0 ? [] : [heading, ...byContainer(own), ""];
  });
  return `${parts.join("\n")}\n${counted(items.length, "difference")} between ${files} and ${server}: ${tally(items)}\n`;
};

export const differenceData = ({ key, side, kind, check, changes, theirs }: Item) => ({
  side,
  kind,
  ...partsOfKey(key),
  rule_type: check.rule_type,
  fields: check.fields,
  description: check.description,
  changes,
  server_changes: theirs?.changes ?? null,
});
