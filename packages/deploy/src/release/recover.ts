/** Puts right what a killed process left behind, as `pending.ts` decides it. */
import { toErrorInfo, userError } from "@touchstone/core/errors";
import { helmReason, type Revision } from "../cluster/helm.ts";
import { timeLimit } from "./helm-arguments.ts";
import type { Ended } from "../cluster/program.ts";
import { forget } from "./kept-revision.ts";
import { isReversible } from "./metadata.ts";
import { recoveryOf, type Recovery } from "./pending.ts";
import type { Operation } from "./record.ts";
import { rollbackOf } from "./revisions.ts";
import type { Site } from "./site.ts";
import { runRollback } from "./way-back.ts";

/** `killed`: the operation that was cut off; `revisions`: those of the release now. */
export type Recovered = { did: Recovery["do"]; why: string | null; killed: Operation | null; revisions: readonly Revision[] };

/** Long enough for pods of a version that ran before. */
const RECOVERY_SECONDS = 600;

/** Throws DEPLOY_NOT_RECOVERED where it throws, or ends badly; what it throws as it is once it was told to stop. */
const must = async ({ signal }: Site, doing: string, work: Promise<Ended | void>, why: string): Promise<void> => {
  const ended = await work.catch((thrown: unknown) => {
    throw signal.aborted ? thrown : userError("DEPLOY_NOT_RECOVERED", doing, why, toErrorInfo(thrown).why);
  });
  if (ended !== undefined && ended.status !== 0) throw userError("DEPLOY_NOT_RECOVERED", doing, why, helmReason(ended));
};

/** Looks at the release and at what the record says was cut off, and leaves a release that the next step can build on. */
export const recover = async (site: Site, killed: Operation | null): Promise<Recovered> => {
  const { helm, tell, deployment } = site;
  const { name } = deployment;
  const revisions = await helm.history(name);
  const newest = revisions.at(-1);
  const isUnsettled = newest !== undefined && newest.status !== "deployed" && rollbackOf(newest) === null;
  const recovery = recoveryOf({ revisions, killed, isReversible: !isUnsettled || (await isReversible(site, newest.revision)) });
  if (recovery.do === "nothing") return { did: "nothing", why: null, killed, revisions };
  tell(recovery.why);
  switch (recovery.do) {
    case "note":
      break;
    case "rollback":
      tell(`putting it right: back to revision ${recovery.to}, the last that ran well`);
      await must(
        site,
        `return to revision ${recovery.to}`,
        runRollback(site, { to: recovery.to, seconds: RECOVERY_SECONDS, takesFields: true }),
        recovery.why,
      );
      break;
    case "forget":
      tell(`putting it right: its migration cannot be taken back, so revision ${recovery.revision} is struck out and the way is forward`);
      await must(site, `strike revision ${recovery.revision}`, forget(site, recovery.revision), recovery.why);
      break;
    case "uninstall":
      tell("putting it right: uninstalling it");
      await must(
        site,
        "uninstall it",
        helm.run(["uninstall", name, "--wait", ...timeLimit(RECOVERY_SECONDS)], { signal: site.signal }),
        recovery.why,
      );
      break;
    default:
      recovery satisfies never;
  }
  return { did: recovery.do, why: recovery.why, killed, revisions: await helm.history(name) };
};
