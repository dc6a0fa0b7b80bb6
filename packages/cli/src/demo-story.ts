/** How the demo of an installation is told on the terminal. Names and counts, and sentences about data that everybody has; it is no log. */
import type { DemoFound } from "@touchstone/server/demo/found";
import type { DemoNews } from "@touchstone/server/demo/run";
import { anomaliesIn, cell, count, counted } from "./formats/words.ts";

const NAME_WIDTH = 16;
const RECORDS_WIDTH = 15;
const MESSAGE_WIDTH = 110;

const VERBS: Readonly<Record<string, string>> = { sync: "synced  ", profile: "profiled", scan: "scanned " };

type Counters = DemoNews["counters"];
const of = (counters: Counters, name: string): number => counters[name] ?? 0;

const inferred = (counters: Counters): string => `${counted(of(counters, "checks_synchronized"), "check")} inferred`;

const judged = (counters: Counters): string =>
  `${count(of(counters, "checks_passed"))} passed, ${count(of(counters, "checks_failed"))} failed: ${anomaliesIn(of(counters, "anomalies_identified"))}`;

const details = (type: string, counters: Counters): string => {
  const records = counted(of(counters, "records_processed"), "record").padEnd(RECORDS_WIDTH);
  if (type === "sync") return "";
  return `${records} ${type === "profile" ? inferred(counters) : judged(counters)}`;
};

/** A line for what has happened; null for what is not worth one. */
export const demoLine = (news: DemoNews): string | null => {
  const { type, result, message, counters } = news;
  const verb = VERBS[type] ?? type;
  if (news.news === "container") {
    if (result !== "success") return `  ${verb}  ${news.container.padEnd(NAME_WIDTH)} ${result}: ${cell(message ?? "", MESSAGE_WIDTH)}`;
    return type === "sync" ? null : `  ${verb}  ${news.container.padEnd(NAME_WIDTH)} ${details(type, counters)}`;
  }
  if (result !== "success") return `  ${verb}  ${result}: ${cell(message ?? "nobody said why", MESSAGE_WIDTH)}`;
  const whole = counted(of(counters, "containers_analyzed"), "container").padEnd(NAME_WIDTH);
  const seconds = `${news.seconds.toFixed(1)} s`;
  return `  ${verb}  ${whole} ${type === "sync" ? seconds : `${details(type, counters)}, ${seconds}`}`;
};

/** What was found, at the end. */
export const demoEnding = ({ containers, checks, anomalies, examples }: DemoFound): string[] => [
  "",
  `${anomaliesIn(anomalies)} in ${counted(containers, "container")}, by ${counted(checks, "check")} that nobody wrote. Among them:`,
  ...examples.map(({ container, message }) => `  ${container.padEnd(NAME_WIDTH)} ${cell(message, MESSAGE_WIDTH)}`),
];
