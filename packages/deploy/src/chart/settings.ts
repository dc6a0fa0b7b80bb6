/**
 * The settings of the control plane as the chart offers them: each is a value `settings.<name>`, but for those that the chart answers
 * itself, because they follow from where a pod stands, or come from a Secret.
 */
import { z } from "zod";
import { SETTINGS, type SettingName } from "@touchstone/server/config";

/** Settings that nobody gives to the chart, with where their values come from. */
const ANSWERED: Partial<Record<SettingName, string>> = {
  port: "8420, behind the Service",
  host: "0.0.0.0",
  data: "a volume with `store.mode=demo`, otherwise not used",
  database_url: "a Secret: `store.existingSecret`",
  secret_keys: "a Secret: `keys.existingSecret`",
  token_key: "a Secret: `keys.existingSecret`",
  dataplanes: "a Secret: `dataplanes.existingSecret`",
  migrate: "`migrations.mode`",
  base_url: "`https://` and `fqdn`",
  internal_port: "8443, behind the Service, with `internalTls`",
  internal_tls_cert: "a Secret: `internalTls`",
  internal_tls_key: "a Secret: `internalTls`",
};

export type ChartSetting = { name: string; env: string; docs: string; default: string | null; answered: string | null };

const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const isSetting = (name: string): name is SettingName => name in SETTINGS;
const names = Object.keys(SETTINGS).filter(isSetting);

export const CHART_SETTINGS: readonly ChartSetting[] = names.map((name) => ({
  name: camel(name),
  env: SETTINGS[name].env,
  docs: SETTINGS[name].docs,
  default: SETTINGS[name].default,
  answered: ANSWERED[name] ?? null,
}));

/** What a value may be: the setting's own type where JSON Schema has words for it, any text or number otherwise. */
const valueOf = (type: z.ZodType): z.ZodType => {
  if (type instanceof z.ZodEnum) return type;
  if (type instanceof z.ZodNumber) return z.number().min(type.minValue ?? 0);
  return z.union([z.string(), z.number()]);
};

/** `settings` of the chart's values. */
export const Settings = z.strictObject(
  Object.fromEntries(
    names
      .filter((name) => !(name in ANSWERED))
      .map((name) => {
        const { type, docs, default: usual } = SETTINGS[name];
        return [
          camel(name),
          valueOf(type)
            .optional()
            .describe(usual === null || usual === "" ? docs : `${docs} (${usual})`),
        ];
      }),
  ),
);
