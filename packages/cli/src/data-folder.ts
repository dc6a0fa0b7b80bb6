/** The data folder of a control plane, which one process has at a time: the embedded store does not notice a second one. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError, userError } from "@touchstone/core/errors";
import { withLock } from "@touchstone/engine/enrichment/lock";
import { readConfig, SETTINGS, type Config, type Flags, type SettingName } from "@touchstone/server/config";
import { text, type Option, type Values } from "./commands/command.ts";

/** Flags of the settings that have one. */
export const CONFIG_OPTIONS: readonly Option[] = Object.values(SETTINGS).flatMap(({ flag, docs, env, default: usual }) =>
  flag === undefined ? [] : [{ flags: flag, docs: `${docs}; or ${env}${usual === null ? "" : ` (${usual})`}` }],
);

const isName = (name: string): name is SettingName => name in SETTINGS;

/** What was typed for a setting: a text, or `yes` and `no` for a flag without a value. */
const typed = (values: Values, flag: string): string | undefined => {
  const value = values[flag];
  return typeof value === "boolean" ? (value ? "yes" : "no") : text(values, flag);
};

/** What was typed for settings, by their names; `usual` is what those are that nobody gave, where a command knows better. */
export const flagsOf = (values: Values, usual: Flags = {}): Flags =>
  Object.fromEntries(
    Object.entries(SETTINGS).flatMap(([name, { env }]) => {
      const flag = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      const given = typed(values, flag) ?? (process.env[env] === undefined && isName(name) ? usual[name] : undefined);
      return given === undefined ? [] : [[name, given] as const];
    }),
  );

/** The settings from flags and environment. Throws SETTING_INVALID. */
export const configOf = (values: Values, usual: Flags = {}): Config => readConfig(flagsOf(values, usual), process.env);

/** Runs the work while nobody else has the folder; with a store on a server nobody needs to wait. Throws STORE_LOCKED. */
export const withDataFolder = async <T>(config: Config, work: () => Promise<T>): Promise<T> => {
  if (config.database_url !== null) return work();
  await mkdir(config.data, { recursive: true });
  let working = false;
  try {
    return await withLock(join(config.data, "lock"), config.data, 0, () => {
      working = true;
      return work();
    });
  } catch (thrown) {
    throw !working && thrown instanceof UserError && thrown.info.code === "TARGET_BUSY"
      ? userError("STORE_LOCKED", config.data, thrown.info.why)
      : thrown;
  }
};
