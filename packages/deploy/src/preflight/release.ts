/** How an installation that is there already stands: whether helm and the lock would let anything be changed. */
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import type { Revision } from "../cluster/helm.ts";
import { lockHolder } from "../cluster/lock.ts";
import type { Check } from "./check.ts";

const ID = "release";

/** `history` is helm's, newest last. */
export const judgeHistory = (name: string, history: readonly Revision[]): Finding => {
  const last = history.at(-1);
  if (last === undefined) return ok(ID, `${name} is not installed yet`);
  const found = `revision ${last.revision} of ${name} (${last.chart}) is ${last.status}`;
  const good = history.findLast(({ status }) => status === "deployed");
  if (/^pending-|^uninstalling/.test(last.status))
    return problem(
      ID,
      `${found}: the command that did it was killed, or runs`,
      "a release that nothing is being done to",
      good === undefined && last.status !== "uninstalling"
        ? "wait for it; if nobody is at it any more: touchstone deploy install takes away what it left, and installs it"
        : "wait for it; if nobody is at it any more: touchstone deploy rollback",
    );
  return last.status === "failed"
    ? note(ID, found, "a release that came to a good end", "look at why it failed; the next upgrade starts from it")
    : ok(ID, found);
};

export const release: Check = {
  id: ID,
  looks: "helm's history of the release, and the lock of `touchstone deploy`",
  needs: "no operation that was killed halfway, and nobody else at work",
  look: async ({ site: { deployment, helm, kubectl }, namespace }) => {
    if ((await namespace()) === null) return [ok(ID, `${deployment.name} is not installed yet`)];
    const holder = await lockHolder(kubectl);
    return [
      judgeHistory(deployment.name, await helm.history(deployment.name)),
      ...(holder === null
        ? []
        : [note(ID, `${holder.holder} is at work until ${holder.until.toISOString()}`, "one change at a time", "wait for the end of it")]),
    ];
  },
};
