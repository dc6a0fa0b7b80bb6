/** The customer fills a cluster of their own with what was moved, and signs that it has. */
import { lookup } from "node:dns/promises";
import { userError } from "@touchstone/core/errors";
import { withLock } from "@touchstone/deploy/cluster/lock";
import { acceptance, operatorIn } from "@touchstone/deploy/transfer/accept";
import { requireCustomers } from "@touchstone/deploy/transfer/customers-deployment";
import { runSteps, stepsAhead } from "@touchstone/deploy/transfer/journal";
import { moveInSteps, type MoveIn } from "@touchstone/deploy/transfer/move-in";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { namedStore } from "../../../movable-store.ts";
import { openSession } from "../../../service/session.ts";
import { flag, type Terminal, type Values } from "../../command.ts";
import { openDeployment } from "../open-deployment.ts";
import { tellAhead } from "./ahead.ts";
import { needed, outputOf, readText, signingKey, trustedKeys, writeSigned, type Action } from "./given.ts";
import { whole } from "../../settings.ts";

const WAIT_MINUTES_MAX = 24 * 60;
const MINUTE_MS = 60_000;

const addresses = async (name: string): Promise<string[]> =>
  lookup(name, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );

const moveIn = async (file: string, values: Values, terminal: Terminal) => {
  const opened = await openDeployment(values, terminal);
  const transfer = openTransfer(await readText(file), file, await trustedKeys(values));
  requireCustomers(opened.deployment, transfer.document.deployment, transfer.document.shape);
  if (transfer.document.shape !== "move")
    throw userError("TRANSFER_NOT_POSSIBLE", opened.deployment.name, "it is a transfer in place", "use touchstone deploy transfer accept");
  const move: Omit<MoveIn, "helm"> = {
    document: transfer.document,
    transfer: transfer.digest,
    deployment: opened.deployment,
    kubectl: opened.openKubectl(),
    store: namedStore(process.env),
    backupFile: needed(values, "store", "--store", "the file of the store, as the operator has handed it over"),
    oldRing: await readText(needed(values, "keysFile", "--keys-file", "the file of the keys, as the operator has handed it over")),
    operator: operatorIn(transfer.document),
    client: async () => openSession(values, terminal),
    resolve: addresses,
    waitMs: (whole(values, "wait", 0, WAIT_MINUTES_MAX) ?? 0) * MINUTE_MS,
    signal: terminal.signal,
  };
  // Helm last: what is refused before leaves no folder of it.
  return { transfer, move: { ...move, helm: await opened.openHelm() } satisfies MoveIn };
};

export const importTransfer: Action = async (file, values, terminal) => {
  const key = await signingKey(values);
  const customer = needed(values, "party", "--party", "the customer's name, as it shall stand in the record");
  const { transfer, move } = await moveIn(file, values, terminal);
  const { kubectl } = move;
  try {
    const steps = moveInSteps(move);
    if (flag(values, "dryRun")) return tellAhead(steps, await stepsAhead(steps, kubectl, transfer.digest), values, terminal);
    await withLock(kubectl, "transfer import", terminal.signal, async (signal) => {
      const tell = (line: string): void => void terminal.stderr.write(`${line}\n`);
      const done = await runSteps(moveInSteps({ ...move, signal }), { kubectl, transfer: transfer.digest, tell, signal });
      const output = outputOf(values, "acceptance.json");
      writeSigned(output, acceptance(transfer, { customer, steps: done, now: new Date(), key }));
      terminal.stdout.write(
        flag(values, "json")
          ? `${JSON.stringify({ file: output, steps: done }, null, 2)}\n`
          : `${output} is for the operator, who now gives the old place up\n`,
      );
    });
    return 0;
  } finally {
    await move.helm.close();
  }
};
