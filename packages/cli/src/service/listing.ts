/** Lists on a terminal: columns for people, JSON for programs, a line of JSON each for pipes. */
import { count, plain } from "../formats/words.ts";
import { flag, type Option, type Output, type Values } from "../commands/command.ts";

export const LIST_OPTIONS: readonly Option[] = [
  { flags: "--json", docs: "as one JSON document" },
  { flags: "--ndjson", docs: "as JSON, an object a line" },
];

export type Column<Item> = { head: string; of: (item: Item) => string; alignRight?: true };

/** Columns as wide as their widest cell; the last one as it is. */
export const tableText = <Item>(items: readonly Item[], columns: readonly Column<Item>[]): string => {
  const rows = [columns.map(({ head }) => head), ...items.map((item) => columns.map(({ of }) => plain(of(item))))];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (columns[i]?.alignRight === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
};

/** Prints items in the form that was asked for; `none` is what people read where there are none. */
export const printList = async <Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  columns: readonly Column<Item>[],
  none: string,
  { values, stdout }: { values: Values; stdout: Output },
): Promise<number> => {
  const all: Item[] = [];
  for await (const item of items) {
    if (flag(values, "ndjson")) stdout.write(`${JSON.stringify(item)}\n`);
    all.push(item);
  }
  if (flag(values, "json")) stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  else if (!flag(values, "ndjson")) stdout.write(all.length === 0 ? `${none}\n` : tableText(all, columns));
  return all.length;
};

/** Says that a list was cut, where people read it. */
export const tellOfMore = (shown: number, total: number, { values, stderr }: { values: Values; stderr: Output }): void => {
  const isForPeople = !flag(values, "json") && !flag(values, "ndjson");
  if (isForPeople && total > shown) stderr.write(`${count(shown)} of ${count(total)}: --limit shows more\n`);
};

/** One object, as JSON or as lines of a name and what it is. */
export const printOne = (
  item: unknown,
  lines: readonly (readonly [name: string, value: string])[],
  { values, stdout }: { values: Values; stdout: Output },
): void => {
  if (flag(values, "json")) return void stdout.write(`${JSON.stringify(item, null, 2)}\n`);
  const width = Math.max(...lines.map(([name]) => name.length));
  stdout.write(lines.map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}\n`).join(""));
};
