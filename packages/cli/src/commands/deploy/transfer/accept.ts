/** The customer takes over in place, and signs that it has. */
import { userError } from "@touchstone/core/errors";
import { backendOf } from "@touchstone/deploy/infra/backend";
import { openCloud } from "@touchstone/deploy/infra/terraform";
import { withLock } from "@touchstone/deploy/cluster/lock";
import { acceptance, operatorIn } from "@touchstone/deploy/transfer/accept";
import { principalsStep, stateStep } from "@touchstone/deploy/transfer/cloud";
import { requireCustomers } from "@touchstone/deploy/transfer/customers-deployment";
import { runSteps, stepsAhead, type Step } from "@touchstone/deploy/transfer/journal";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { takeOverSteps } from "@touchstone/deploy/transfer/take-over";
import { openSession } from "../../../service/session.ts";
import { flag, text, type Terminal, type Values } from "../../command.ts";
import { openDeployment, type Opened } from "../open-deployment.ts";
import { stateFolderOf } from "../state-folder.ts";
import { tellAhead } from "./ahead.ts";
import { needed, outputOf, readText, signingKey, trustedKeys, writeSigned, type Action } from "./given.ts";

/** The cloud's part, where it is asked for: otherwise it stands in the acceptance as a person's to do. */
const cloudSteps = async (
  { deployment }: Opened,
  values: Values,
  { stderr }: Pick<Terminal, "stderr">,
  signal: AbortSignal,
): Promise<Step[]> => {
  const [stateFile, byTerraform, folder] = [text(values, "state"), flag(values, "infra"), stateFolderOf(values, deployment)];
  if (stateFile === undefined && !byTerraform) return [];
  if (deployment.cloud?.backend === undefined)
    throw userError("OPTION_INVALID", "--state", "deployment.yaml says no cloud.backend for the state");
  const tell = (line: string): void => void stderr.write(`${line}\n`);
  const { env } = process;
  // The place in which the template will look for it.
  const place = backendOf(deployment, "infra", folder);
  return [
    ...(stateFile === undefined ? [] : [stateStep(place, await readText(stateFile), { env, signal })]),
    ...(byTerraform ? [principalsStep(() => openCloud({ deployment, folder, env, tell, signal }), tell)] : []),
  ];
};

export const accept: Action = async (file, values, terminal) => {
  const opened = await openDeployment(values, terminal);
  const transfer = openTransfer(await readText(file), file, await trustedKeys(values));
  if (transfer.document.shape !== "in-place")
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      opened.deployment.name,
      "it is a move to another cluster",
      "use touchstone deploy transfer import",
    );
  requireCustomers(opened.deployment, transfer.document.deployment, transfer.document.shape);
  const key = await signingKey(values);
  const customer = needed(values, "party", "--party", "the customer's name, as it shall stand in the record");
  const kubectl = opened.openKubectl();
  const stepsUntil = async (signal: AbortSignal): Promise<Step[]> => [
    ...(await cloudSteps(opened, values, terminal, signal)),
    ...takeOverSteps({
      deployment: opened.deployment,
      kubectl,
      client: async () => openSession(values, terminal),
      operator: operatorIn(transfer.document),
      transfer: transfer.digest,
      signal,
    }),
  ];
  const steps = await stepsUntil(terminal.signal);
  const ahead = await stepsAhead(steps, kubectl, transfer.digest);
  if (flag(values, "dryRun")) return tellAhead(steps, ahead, values, terminal);
  if (!flag(values, "yes")) {
    tellAhead(steps, ahead, values, terminal);
    throw userError("OPTION_INVALID", "--yes", "say it to do this; pods are replaced, and every token of the API ends, yours too");
  }
  await withLock(kubectl, "transfer accept", terminal.signal, async (signal) => {
    const tell = (line: string): void => void terminal.stderr.write(`${line}\n`);
    const done = await runSteps(await stepsUntil(signal), { kubectl, transfer: transfer.digest, tell, signal });
    const output = outputOf(values, "acceptance.json");
    writeSigned(output, acceptance(transfer, { customer, steps: done, now: new Date(), key }));
    terminal.stdout.write(
      flag(values, "json")
        ? `${JSON.stringify({ file: output, steps: done }, null, 2)}\n`
        : `${output} is for the operator, who now proves that it is out\n`,
    );
  });
  return 0;
};
