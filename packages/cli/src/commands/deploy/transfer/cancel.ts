/** A move that does not come about: what was stopped for it runs again. */
import { withLock } from "@touchstone/deploy/cluster/lock";
import { thaw } from "@touchstone/deploy/transfer/workloads";
import { counted } from "../../../formats/words.ts";
import { openDeployment } from "../open-deployment.ts";
import { answerJson } from "../open-site.ts";
import type { Action } from "./given.ts";

export const cancel: Action = async (_file, values, terminal) => {
  const { deployment, openKubectl } = await openDeployment(values, terminal);
  const kubectl = openKubectl();
  const started = await withLock(kubectl, "transfer cancel", terminal.signal, (signal) =>
    thaw({ kubectl, release: deployment.name, signal }),
  );
  if (answerJson(values, terminal, { started })) return 0;
  terminal.stdout.write(`${counted(started, "workload")} started again\n`);
  return 0;
};
