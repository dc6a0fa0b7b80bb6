/** The operator says what it hands over, and signs it. */
import type { TransferDocument } from "@touchstone/deploy/transfer/document";
import { handedOver } from "@touchstone/deploy/transfer/hand-over";
import { copyStore } from "@touchstone/deploy/transfer/move-out";
import { collect, type OperatorCredentials } from "@touchstone/deploy/transfer/operator-credentials";
import { keysOf } from "@touchstone/deploy/transfer/take-over";
import { ringOf, secretIn } from "@touchstone/deploy/transfer/exchange";
import { freeze } from "@touchstone/deploy/transfer/workloads";
import { documentDigest, signDocument } from "@touchstone/deploy/supply/signature";
import { withLock } from "@touchstone/deploy/cluster/lock";
import { namedStore } from "../../../movable-store.ts";
import { openSession, reachServer, tokenGiven } from "../../../service/session.ts";
import { counted } from "../../../formats/words.ts";
import { flag, text, type Terminal, type Values } from "../../command.ts";
import { openDeployment, type Opened } from "../open-deployment.ts";
import { needed, operatorOf, outputOf, readText, signingKey, writeSecret, writeSigned, type Action } from "./given.ts";

const isReached = (values: Values): boolean => tokenGiven(values) !== undefined || text(values, "server") !== undefined;

/** What is stopped and copied for a move; null for a transfer in place. */
const moved = async (opened: Opened, values: Values, terminal: Terminal): Promise<TransferDocument["store"]> => {
  const file = text(values, "store");
  if (file === undefined) return null;
  const keysFile = needed(values, "keysFile", "--keys-file", "where the keys of stored secrets are written, for the customer alone");
  const kubectl = opened.openKubectl();
  const store = namedStore(process.env);
  const site = { deployment: opened.deployment, kubectl };
  const { secret, places } = await keysOf(site);
  terminal.stderr.write("everything that writes is stopped: from here on the platform is down\n");
  await freeze({ kubectl, release: opened.deployment.name, signal: terminal.signal });
  terminal.stderr.write(`the store is copied to ${file}\n`);
  const copied = await copyStore(store, file);
  writeSecret(keysFile, ringOf(secretIn(await kubectl.get("secret", secret)), places));
  return copied;
};

const keep = async (file: string, { deployment, openKubectl }: Opened, transfer: string, values: Values): Promise<void> => {
  const { dataplanes, store } = deployment.secrets;
  const token = tokenGiven(values);
  const kept: OperatorCredentials = {
    version: 1,
    kind: "touchstone-operator-credentials",
    transfer,
    server: isReached(values) ? reachServer(values, { signal: new AbortController().signal }).server : null,
    apiTokens: token === undefined ? {} : { "of the operator": token },
    ...(await collect(openKubectl(), { dataplanes, store })),
  };
  writeSecret(file, `${JSON.stringify(kept, null, 2)}\n`);
};

const tell = ({ accesses, credentials }: TransferDocument, { stdout }: Terminal): void => {
  for (const { kind, name, who, grants, operators } of accesses)
    stdout.write(`${operators ? "operator's" : "          "}  ${kind} ${name}: ${who} (${grants})\n`);
  const people = credentials.filter(({ rotatedBy }) => rotatedBy === "person").length;
  stdout.write(`${counted(credentials.length, "credential")} to be exchanged, ${people} of them by a person\n`);
};

export const exportTransfer: Action = async (_file, values, terminal) => {
  const key = await signingKey(values);
  const operator = operatorOf(values);
  const party = { name: needed(values, "party", "--party", "the operator's name, as it shall stand in the record"), keyId: key.id };
  const kept = needed(values, "keep", "--keep", "where you keep what you could get in with, to prove in the end that it opens nothing");
  const opened = await openDeployment(values, terminal);
  const stateFile = text(values, "state");
  const state = stateFile === undefined ? null : { name: stateFile, text: await readText(stateFile) };
  const client = isReached(values) ? openSession(values, terminal) : null;
  const kubectl = opened.openKubectl();
  const helm = await opened.openHelm();
  const shape = text(values, "store") === undefined ? "in-place" : "move";
  const site = { shape, deployment: opened.deployment, party, operator, kubectl, helm, client, state } as const;
  try {
    await withLock(kubectl, "transfer export", terminal.signal, async (signal) => {
      // Before anything is stopped: what cannot be handed over is found out while it still runs.
      const before = await handedOver({ ...site, store: null }, new Date());
      const document = { ...before.document, store: await moved(opened, values, { ...terminal, signal }) };
      const signed = signDocument(document, key);
      const digest = documentDigest(signed.document);
      const output = outputOf(values, "transfer.json");
      writeSigned(output, signed);
      await keep(kept, opened, digest, values);
      if (flag(values, "json")) terminal.stdout.write(`${JSON.stringify({ file: output, digest, unseen: before.unseen })}\n`);
      else tell(document, terminal);
      for (const what of before.unseen) terminal.stderr.write(`not looked at: ${what}\n`);
      terminal.stderr.write(`${output} is for the customer; ${kept} is for you alone, until the record is made\n`);
    });
    return 0;
  } finally {
    await helm.close();
  }
};
