/** Helm's arguments for each act, as its versions 3 and 4 spell them. Pure. */
import { userError } from "@touchstone/core/errors";

/** Pulling images on fresh nodes takes minutes; a migration has ten in the chart. */
export const TIMEOUT_SECONDS = 900;
/** Revisions that helm keeps. */
const HISTORY_MAX = 20;

type Version = { major: number };

export const timeLimit = (seconds: number): string[] => ["--timeout", `${seconds}s`];

/** Fields of other owners are taken: in helm 3 nobody owns fields, and what changed is always taken. */
const taking = ({ major }: Version, takesFields: boolean): string[] => (takesFields && major >= 4 ? ["--force-conflicts"] : []);

/** Throws OPTION_INVALID where helm knows no owners. */
export const checkTaking = ({ major }: Version, takesFields: boolean): void => {
  if (takesFields && major < 4)
    throw userError(
      "OPTION_INVALID",
      "--take-fields",
      "helm 3 knows no owners of fields: it changes whatever the chart changes. Helm 4 does",
    );
};

/** Installs what is not there, and upgrades what is, also what failed before. */
export const upgradeArguments = (
  helm: Version,
  name: string,
  chart: readonly string[],
  { seconds, takesFields }: { seconds: number; takesFields: boolean },
): string[] => [
  "upgrade",
  name,
  ...chart,
  "--install",
  "--wait",
  ...timeLimit(seconds),
  "--history-max",
  String(HISTORY_MAX),
  ...taking(helm, takesFields),
];

export const rollbackArguments = (helm: Version, name: string, revision: number, seconds: number, takesFields: boolean): string[] => [
  "rollback",
  name,
  String(revision),
  "--wait",
  ...timeLimit(seconds),
  "--history-max",
  String(HISTORY_MAX),
  ...taking(helm, takesFields),
];
