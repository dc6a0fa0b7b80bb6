/** Tables as text, every cell as it is written: what an injected error looks like is part of it. */
import { readFile, writeFile } from "node:fs/promises";

export type Table = { names: string[]; rows: string[][] };

/** Records of a CSV text: quoted fields may hold separators, quotes and line ends. */
export const parseCsv = (text: string, separator = ","): Table => {
  const records: string[][] = [[]];
  const pattern = separator === "\t" ? /()([^\t\r\n]*)(\t|\r?\n|$)/gy : /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match = pattern.exec(text); match !== null && pattern.lastIndex <= text.length; match = pattern.exec(text)) {
    records.at(-1)!.push((match[1] === "" ? undefined : match[1])?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") break;
    if (match[3] !== separator) records.push([]);
  }
  const [names = [], ...rows] = records.filter((record, i) => i === 0 || record.length > 1 || record[0] !== "" || records[0]!.length === 1);
  if (rows.at(-1)?.length === 1 && rows.at(-1)![0] === "") rows.pop();
  return { names, rows };
};

export const readTable = async (path: string): Promise<Table> => parseCsv(await readFile(path, "utf8"), path.endsWith(".tsv") ? "\t" : ",");

const quoted = (cell: string) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export const csvOf = ({ names, rows }: Table): string => `${[names, ...rows].map((row) => row.map(quoted).join(",")).join("\n")}\n`;

export const writeTable = (path: string, table: Table): Promise<void> => writeFile(path, csvOf(table));

/** Columns instead of rows. */
export const columnsOf = ({ names, rows }: Table): string[][] => names.map((_, c) => rows.map((row) => row[c] ?? ""));
