/** The customer fills a cluster of their own with what was moved, and signs that it has. */
import { lookup } from "node:dns/promises";
import { userError } from "@touchstone/core/errors";
import { takeLock } from "@touchstone/deploy/cluster/lock";
import { acceptance, operatorIn } from "@touchstone/deploy/transfer/accept";
import { requireCustomers } from "@touchstone/deploy/transfer/customers-deployment";
import { runSteps, stepsAhead } from "@touchstone/deploy/transfer/journal";
import { moveInSteps, type MoveIn } from "@touchstone/deploy/transfer/move-in";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { namedStore } from "../../../movable-store.ts";
import { openSession } from "../../../service/session.ts";
import { flag, type Terminal, type Values } from "../../command.ts";
import { openDeployment } from "../open-deployment.ts";
import { needed, outputOf, readText, signingKey, trustedKeys, writeSigned, type Action } from "./given.ts";
import { whole } from "../../settings.ts";

const WAIT_MINUTES_MAX = 24 * 60;
const MINUTE_MS = 60_000;

const addresses = async (name: string): Promise<string[]> =>
  lookup(name, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );

const moveIn = async (file: string, values: Values, terminal: Terminal, signal: AbortSignal) => {
  const opened = await openDeployment(values, terminal);
  const transfer = openTransfer(await readText(file), file, await trustedKeys(values));
  requireCustomers(opened.deployment, transfer.document.deployment);
  if (transfer.document.shape !== "move")
    throw userError("TRANSFER_NOT_POSSIBLE", opened.deployment.name, "it is a transfer in place", "use touchstone deploy transfer accept");
  const move: MoveIn = {
    document: transfer.document,
    transfer: transfer.digest,
    deployment: opened.deployment,
    kubectl: opened.openKubectl(),
    helm: await opened.openHelm(),
    store: namedStore(process.env),
    backupFile: needed(values, "store", "--store", "the file of the store, as the operator has handed it over"),
    oldRing: await readText(needed(values, "keysFile", "--keys-file", "the file of the keys, as the operator has handed it over")),
    operator: operatorIn(transfer.document),
    client: async () => openSession(values, terminal),
    resolve: addresses,
    waitMs: (whole(values, "wait", 0, WAIT_MINUTES_MAX) ?? 0) * MINUTE_MS,
    signal,
  };
  return { transfer, move };
};

export const importTransfer: Action = async (file, values, terminal) => {
  const key = await signingKey(values);
  const customer = needed(values, "party", "--party", "the customer's name, as it shall stand in the record");
  const lost = new AbortController();
  const signal = AbortSignal.any([terminal.signal, lost.signal]);
  const { transfer, move } = await moveIn(file, values, terminal, signal);
  const { kubectl } = move;
  try {
    const steps = moveInSteps(move);
    if (flag(values, "dryRun")) {
      for (const { title, isDone } of await stepsAhead(steps, kubectl, transfer.digest))
        terminal.stdout.write(`${isDone ? "done " : "to do"}  ${title}\n`);
      return 0;
    }
    const held = await takeLock(kubectl, "transfer import");
    held.lost.addEventListener("abort", () => lost.abort(), { once: true });
    try {
      const done = await runSteps(steps, {
        kubectl,
        transfer: transfer.digest,
        tell: (line) => void terminal.stderr.write(`${line}\n`),
        signal,
      });
      const output = outputOf(values, "acceptance.json");
      writeSigned(output, acceptance(transfer, { customer, steps: done, now: new Date(), key }));
      terminal.stdout.write(`${output} is for the operator, who now gives the old place up\n`);
      return 0;
    } finally {
      await held.release();
    }
  } finally {
    await move.helm.close();
  }
};
