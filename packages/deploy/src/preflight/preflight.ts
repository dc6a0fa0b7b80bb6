/** Measures what an installation needs against the cluster it shall go to. Nothing of the deployment is changed. */
import { toErrorInfo, UserError, userError } from "@touchstone/core/errors";
import { unseen, type Finding } from "@touchstone/core/model/finding";
import type { Site } from "../release/site.ts";
import type { Check } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { openGround, type Ground } from "./ground.ts";

export type PreflightOptions = {
  /** Names of checks; all of them where nothing is said. */
  only?: readonly string[];
  now?: Date;
};

/** Throws OPTION_INVALID for a name that is none. */
export const checksNamed = (only: readonly string[]): readonly Check[] => {
  const known = CHECKS.map(({ id }) => id);
  const wrong = only.find((id) => !known.includes(id));
  if (wrong !== undefined) throw userError("OPTION_INVALID", `--only ${wrong}`, `the checks are ${known.join(", ")}`);
  return only.length === 0 ? CHECKS : CHECKS.filter(({ id }) => only.includes(id));
};

/** What could not be looked at is told with its reason, never taken for good. */
const lookOrTell = async ({ id, look }: Check, ground: Ground): Promise<Finding[]> => {
  try {
    return await look(ground);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    const { what, why } = toErrorInfo(thrown);
    return [unseen(id, `${what}: ${why}`)];
  }
};

/** Findings in the order of the checks. Throws CLUSTER_UNREACHABLE when there is nothing to look at. */
export const preflight = async (site: Site, { only = [], now = new Date() }: PreflightOptions = {}): Promise<Finding[]> => {
  const checks = checksNamed(only);
  const ground = openGround(site, now);
  await ground.apis();
  return (await Promise.all(checks.map((check) => lookOrTell(check, ground)))).flat();
};
