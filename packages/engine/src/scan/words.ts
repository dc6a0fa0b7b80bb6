/** The sentences of results and anomalies. Numbers are rounded for people; exact counts stand beside them. Pure. */
import type { Cell } from "@touchstone/core/rules/rule";
import { quoted } from "./shown.ts";
import type { Task } from "./task.ts";

/** A share in percent: two significant digits, never rounded to none or all. */
export const percent = (part: number, whole: number): string => {
  if (whole === 0 || part === 0) return "0%";
  const share = (100 * part) / whole;
  if (share < 0.01) return "less than 0.01%";
  if (part < whole && share > 99.99) return "more than 99.99%";
  return `${Number(share > 99 ? share.toFixed(2) : share.toPrecision(2))}%`;
};

const subject = ({ fields, check }: Task): string => (fields.length > 0 ? fields.join(", ") : check.container);
const records = (task: Task): string => (task.check.filter === null ? "records" : "filtered records");

/** "In discount_pct, 2.4% of 5000 filtered records (120) break the rule that discount_pct lies between 0 and 35". */
export const failingShare = (task: Task, asserted: number, anomalous: number): string => {
  const allowed = task.coverage !== null && task.coverage < 1 ? `; at most ${percent(1 - task.coverage, 1)} may` : "";
  return `In ${subject(task)}, ${percent(anomalous, asserted)} of ${asserted} ${records(task)} (${anomalous}) ${anomalous === 1 ? "breaks" : "break"} the rule that ${task.sentence}${allowed}`;
};

/** The finding that stands for the failing rows not shown one by one. */
export const rolledUp = (task: Task, asserted: number, anomalous: number, shownOnes: number): string =>
  `${failingShare(task, asserted, anomalous)}; ${shownOnes} are shown one by one, the other ${anomalous - shownOnes} are summed up here`;

/** Fields whose values a message quotes; a rule over twenty fields would not be readable. */
const VALUES_MAX = 3;

/** "The value of discount_pct is '120', which breaks the rule that discount_pct lies between 0 and 35". */
export const failingRow = (task: Task, value: (field: string) => Cell | undefined): string => {
  const rule = `the rule that ${task.sentence}`;
  const known = task.fields.flatMap((name) => {
    const cell = value(name);
    return cell === undefined ? [] : [{ name, cell }];
  });
  if (known.length === 0) return `The record breaks ${rule}`;
  if (known.length === 1) return `The value of ${known[0]!.name} is ${quoted(known[0]!.cell)}, which breaks ${rule}`;
  const listed = known
    .slice(0, VALUES_MAX)
    .map(({ name, cell }) => `${name} ${quoted(cell)}`)
    .join(", ");
  return `The values are ${listed}${known.length > VALUES_MAX ? " …" : ""}, which break ${rule}`;
};
