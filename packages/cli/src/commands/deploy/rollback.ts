import { rollback as rollBackRelease } from "@touchstone/deploy/release/rollback";
import { flag, type Command } from "../command.ts";
import { whole } from "../settings.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";
import { seconds, TIMEOUT_OPTION } from "./time-limit.ts";

const REVISION_MOST = 1_000_000;

export const rollback: Command = {
  usage: "rollback",
  summary: "return to the last good release before the one that runs, or to a revision you name",
  docs: "Brings back the objects of the last revision that ran well before the current one, or of the one that --revision names. The store stays as it is, for migrations only add. A version whose migration cannot be taken back is not rolled back; how to restore is said instead.",
  options: [
    ...SITE_OPTIONS,
    { flags: "--revision <n>", docs: "revision of the release, as `helm history` numbers them" },
    { flags: "--take-fields", docs: "take fields that somebody else changed and owns (helm 4)" },
    TIMEOUT_OPTION,
  ],
  examples: ["touchstone deploy rollback", "touchstone deploy rollback --revision 3"],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const revision = whole(values, "revision", 1, REVISION_MOST);
      const result = await rollBackRelease(site, {
        ...(revision === undefined ? {} : { revision }),
        takeFields: flag(values, "takeFields"),
        timeoutSeconds: seconds(values),
      });
      answerJson(values, terminal, result);
      return 0;
    }),
};
