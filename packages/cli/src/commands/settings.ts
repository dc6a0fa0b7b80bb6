/** The options that several commands take, and how their words become values. Errors name the option. */
import { randomUUID } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import type { ConnectOptions } from "@touchstone/engine/connectors/connector";
import { ALERT_BUDGET_DEFAULT } from "@touchstone/engine/infer/alerts";
import { LEVEL_DEFAULT, type Level } from "@touchstone/engine/infer/level";
import { FORMAT_NAMES } from "../formats/index.ts";
import { PROGRESS_STYLES } from "../progress.ts";
import { list, text, type Option, type Values } from "./command.ts";

/** How sources are opened and how much the engine may use. */
export const SOURCE_OPTIONS: readonly Option[] = [
  { flags: "-c, --container <name>", docs: "only this container (repeatable; * matches any text)", repeatable: true },
  { flags: "--mask <container.field>", docs: "count this field but never show its values (repeatable)", repeatable: true },
  { flags: "--sample <rows>", docs: "look at a seeded sample of about this many rows of each container" },
  { flags: "--time-zone <name>", docs: "zone in which timestamps without a zone are read", default: "UTC" },
  { flags: "--memory <size>", docs: "memory limit of the engine, such as 2GB" },
  { flags: "--threads <n>", docs: "threads of the engine" },
  { flags: "--temp <folder>", docs: "folder for temporary files" },
  { flags: "--progress <style>", docs: "how progress is shown on stderr", choices: PROGRESS_STYLES, default: "auto" },
];

/** How much is inferred, and how much noise it may make. */
export const INFER_OPTIONS: readonly Option[] = [
  {
    flags: "-l, --level <n>",
    docs: "how much inference may claim: 0 nothing, 1 what never fails, 2 formats, ranges and keys, to 5 everything",
    choices: ["0", "1", "2", "3", "4", "5"],
    default: String(LEVEL_DEFAULT),
  },
  {
    flags: "--alert-budget <n>",
    docs: "false alarms a month that the inferred checks of a container may be expected to raise; the noisiest beyond stay drafts; `all` lifts it",
    default: String(ALERT_BUDGET_DEFAULT),
  },
];

/** What a report is written as, and when the exit status is 1. */
export const REPORT_OPTIONS: readonly Option[] = [
  { flags: "-f, --format <format>", docs: "format of the report on stdout", choices: FORMAT_NAMES, default: "text" },
  { flags: "-o, --output <file>", docs: "also write the report to a file, in the format of its ending (repeatable)", repeatable: true },
  { flags: "-v, --verbose", docs: "text: list passed checks too, with their evidence" },
  {
    flags: "--fail-on <what>",
    docs: "exit status 1 on anomalies, also on unasserted checks, or never",
    choices: ["anomalies", "unasserted", "never"],
    default: "anomalies",
  },
];

/** What a scan looks at and keeps. */
export const SCAN_OPTIONS: readonly Option[] = [
  { flags: "--max-records <n>", docs: "record anomalies per check, and examples per anomaly; `all` lifts the cap", default: "10" },
  {
    flags: "--var <name=value>",
    docs: "value of a check variable {{ name }}: a number, 'text', DATE '2031-02-01' (repeatable)",
    repeatable: true,
  },
  { flags: "--since <value>", docs: "incremental: row rules look only at rows whose incremental field is greater" },
  { flags: "--incremental", docs: "incremental from the checkpoint in the --state file" },
  {
    flags: "--incremental-field <container=field>",
    docs: "the field that marks new rows, instead of the guessed one (repeatable)",
    repeatable: true,
  },
  { flags: "--state <file>", docs: "keeps checkpoints and measurements between runs (no rows)" },
  { flags: "--reference <name=source>", docs: "another datastore that checks refer to by name (repeatable)", repeatable: true },
  { flags: "--enrich <target>", docs: "write failed checks and their rows to a folder of Parquet, a .duckdb file or a postgres:// URL" },
  { flags: "--enrich-prefix <prefix>", docs: "prefix of the enrichment tables" },
  {
    flags: "--remediation <strategy>",
    docs: "also keep whole anomalous rows per container",
    choices: ["none", "append", "overwrite"],
    default: "none",
  },
  { flags: "--operation-id <id>", docs: "name of this run; the same id again replaces what it wrote" },
  { flags: "--plan", docs: "print the passes and their SQL instead of running them" },
];

const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];
const ALERTS_MOST = 1_000_000;

/** --level and --alert-budget; the choices of the first are checked by the command line. */
export const inferSettings = (values: Values): { level: Level; alertBudget: number } => ({
  level: LEVELS.find((level) => String(level) === text(values, "level")) ?? LEVEL_DEFAULT,
  alertBudget: text(values, "alertBudget") === "all" ? Infinity : (whole(values, "alertBudget", 0, ALERTS_MOST) ?? ALERT_BUDGET_DEFAULT),
});

/** The engine's limits as given; what is absent gets the engine's default. */
export const connectOptions = (values: Values, signal: AbortSignal): Partial<ConnectOptions> => ({
  signal,
  ...defined("memory", memory(values)),
  ...defined("threads", whole(values, "threads", 1, 1024)),
  ...defined("tempFolder", text(values, "temp")),
  ...defined("timeZone", timeZone(values)),
});

const defined = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, V>);

const memory = (values: Values): string | undefined => {
  const given = text(values, "memory");
  if (given !== undefined && !/^\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i.test(given))
    throw userError("OPTION_INVALID", `--memory ${given}`, "it is a number with a unit, such as 500MB or 2GB");
  return given;
};

const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGT])(i?)B$/i;
const POWERS = "KMGT";

/** A size such as 20GiB, in bytes; undefined when the option is absent. */
export const bytes = (values: Values, name: string): number | undefined => {
  const given = text(values, name);
  if (given === undefined) return undefined;
  const [, number, unit, binary] = SIZE.exec(given) ?? [];
  if (number === undefined || unit === undefined)
    throw userError("OPTION_INVALID", `--${dashed(name)} ${given}`, "it is a number with a unit, such as 500MB or 2GiB");
  return Math.floor(Number(number) * (binary === "" ? 1000 : 1024) ** (POWERS.indexOf(unit.toUpperCase()) + 1));
};

const timeZone = (values: Values): string | undefined => {
  const given = text(values, "timeZone");
  if (given === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: given }).resolvedOptions().timeZone && given;
  } catch (cause) {
    throw cause instanceof RangeError
      ? userError("OPTION_INVALID", `--time-zone ${given}`, "it is an IANA name, such as Europe/Paris")
      : cause;
  }
};

/** A whole number between bounds, undefined when the option is absent. */
export const whole = (values: Values, name: string, least: number, most: number): number | undefined => {
  const given = text(values, name);
  if (given === undefined) return undefined;
  const value = Number(given.replaceAll("_", ""));
  if (!Number.isInteger(value) || value < least || value > most)
    throw userError("OPTION_INVALID", `--${dashed(name)} ${given}`, `it is a whole number between ${least} and ${most}`);
  return value;
};

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const ROWS_MOST = 1_000_000_000;

/** --sample: rows of each container to look at; undefined for all. */
export const sampleRows = (values: Values): number | undefined => whole(values, "sample", 1, ROWS_MOST);

/** --max-records: a number, or Infinity for `all`. */
export const recordsMax = (values: Values): number =>
  text(values, "maxRecords") === "all" ? Infinity : (whole(values, "maxRecords", 0, ROWS_MOST) ?? 10);

/** name=value pairs of a repeatable option. */
export const pairs = (values: Values, name: string): Map<string, string> =>
  new Map(
    list(values, name).map((given) => {
      const at = given.indexOf("=");
      if (at < 1) throw userError("OPTION_INVALID", `--${dashed(name)} ${given}`, "it is written NAME=VALUE");
      return [given.slice(0, at), given.slice(at + 1)];
    }),
  );

/** Masked fields as `container.field`. */
export const masks = (values: Values): string[] =>
  list(values, "mask").map((given) => {
    if (!/^.+\..+$/s.test(given)) throw userError("OPTION_INVALID", `--mask ${given}`, "it is written CONTAINER.FIELD");
    return given;
  });

const ID = /^[\w.-]{1,64}$/;

/** --operation-id, or a new one. */
export const operationId = (values: Values): string => {
  const given = text(values, "operationId") ?? randomUUID();
  if (!ID.test(given))
    throw userError("OPTION_INVALID", `--operation-id ${given}`, "it has 1 to 64 letters, digits, dots, dashes or underscores");
  return given;
};
