/** The settings, each by itself, and names in the environment that look like settings and are none. */
import { nearestName } from "@touchstone/core/expr/nearest";
import { SETTINGS, type SettingFault } from "@touchstone/server/config";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";

/** Variables of other commands. */
const OTHERS = [
  "TOUCHSTONE_SERVER",
  "TOUCHSTONE_SERVER_AUTHORITY",
  "TOUCHSTONE_ENROLMENT_CODE",
  "TOUCHSTONE_EXTENSIONS",
  "TOUCHSTONE_DEBUG",
  "TOUCHSTONE_TRIAL_STORE",
];

const NAMES: readonly string[] = [...Object.values(SETTINGS).map(({ env }) => env), ...OTHERS];

const DOCS = new Map<string, string>(Object.values(SETTINGS).map(({ env, docs }) => [env, docs]));

export const settingFindings = (faults: readonly SettingFault[], env: Readonly<Record<string, string | undefined>>): Finding[] => {
  const wrong = faults.map(({ env: name, reason }) =>
    problem(
      "settings",
      `${name} is not usable: ${reason}`,
      DOCS.get(name) ?? "",
      "correct it where it is set; touchstone start --help lists the settings",
    ),
  );
  const strange = Object.keys(env)
    .filter((name) => name.startsWith("TOUCHSTONE_") && !NAMES.includes(name))
    .map((name) => {
      const nearest = nearestName(name, NAMES);
      return note(
        "settings",
        `${name} is set, and is no setting`,
        "nothing: it is not read, unless a connection names it for a secret",
        nearest === null ? "take it away if it was meant for one" : `perhaps ${nearest} was meant`,
      );
    });
  const given = Object.values(SETTINGS).filter(({ env: name }) => env[name] !== undefined && env[name] !== "").length;
  return [
    ...wrong,
    ...strange,
    ...(wrong.length > 0 ? [] : [ok("settings", `${given} of ${Object.keys(SETTINGS).length} given in the environment`)]),
  ];
};
