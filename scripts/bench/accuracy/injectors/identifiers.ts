/** Addresses and identifiers that are none: what each must look like is published. */
import type { Look } from "../clean-table.ts";
import type { Random } from "../random.ts";
import { byForeignType } from "../simple.ts";
import { cellwise, columnsLike, first, type Injector } from "./injector.ts";

const invalid = (look: Look, change: (cell: string, random: Random) => string): Injector => ({
  kind: `invalid ${look}`,
  targets: columnsLike(look),
  begin: (_, columns, random) => cellwise(first(columns), (cell) => change(cell, random)),
  simple: byForeignType,
});

const otherDigit = (cell: string, random: Random) => {
  const at = random.whole(4, cell.length - 1);
  return cell.slice(0, at) + String((Number(cell[at]) + random.whole(1, 9)) % 10) + cell.slice(at + 1);
};

export const IDENTIFIER_INJECTORS: readonly Injector[] = [
  invalid("email", (cell, random) =>
    random.pick([
      cell.replace("@", ""),
      cell.replace("@", "@@"),
      cell.replace(/\.[a-z]+$/, ""),
      cell.replace("@", " at "),
      cell.replace(/@.*/, "@"),
      cell.replace("@", ",@"),
    ]),
  ),
  invalid("url", (cell, random) =>
    random.pick([cell.replace("://", ":/"), cell.replace(/^https?:\/\//, ""), cell.replace("https", "htps"), cell.replace("/", " /")]),
  ),
  invalid("uuid", (cell, random) => random.pick([cell.slice(0, -1), `${cell}0`, cell.replace("-", ""), cell.replace(/[0-9a-f]/, "g")])),
  invalid("ip", (cell, random) =>
    random.pick([
      cell.replace(/^[0-9]+/, "312"),
      cell.replace(/\.[0-9]+$/, ""),
      `${cell}.1`,
      cell.replace(".", ","),
      cell.replace(/[0-9]+$/, "256"),
    ]),
  ),
  invalid("checked number", otherDigit),
];
