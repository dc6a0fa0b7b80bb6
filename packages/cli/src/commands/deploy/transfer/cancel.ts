/** A transfer that does not come about: nobody takes it over any more, and what was stopped for a move runs again. */
import { withLock } from "@touchstone/deploy/cluster/lock";
import { documentDigest, signedIn } from "@touchstone/deploy/supply/signature";
import { withdraw } from "@touchstone/deploy/transfer/journal";
import { thaw } from "@touchstone/deploy/transfer/workloads";
import { counted } from "../../../formats/words.ts";
import type { Terminal, Values } from "../../command.ts";
import { openDeployment } from "../open-deployment.ts";
import { answerJson } from "../open-site.ts";
import { readText, type Action } from "./given.ts";

const REFUSED = "whoever accepts it now is refused";
/** Who fills another cluster asks this one nothing. */
const NOT_REFUSED = "tell whoever has the store's copy and its keys, for nothing keeps them from filling another cluster";

/** What is read of it is its digest and its shape: whoever it is for has checked the rest. */
const documentIn = async (file: string) => signedIn(await readText(file), file).document;

/** Takes papers back for which there will be others. */
export const takeBack = async (file: string, values: Values, terminal: Terminal): Promise<void> => {
  const kubectl = (await openDeployment(values, terminal)).openKubectl();
  const digest = documentDigest(await documentIn(file));
  await withLock(kubectl, "transfer cancel", terminal.signal, () => withdraw(kubectl, digest, new Date()));
};

export const cancel: Action = async (file, values, terminal) => {
  const { deployment, openKubectl } = await openDeployment(values, terminal);
  // A move that was cut off before it was signed has no file.
  const document = file === "" ? null : await documentIn(file);
  const kubectl = openKubectl();
  const started = await withLock(kubectl, "transfer cancel", terminal.signal, async (signal) => {
    if (document !== null) await withdraw(kubectl, documentDigest(document), new Date());
    return document?.["shape"] === "in-place" ? null : thaw({ kubectl, release: deployment.name, signal });
  });
  if (answerJson(values, terminal, { started, taken_back: document === null ? null : file })) return 0;
  if (document !== null) terminal.stdout.write(`${file} is taken back: ${document["shape"] === "in-place" ? REFUSED : NOT_REFUSED}\n`);
  if (started !== null) terminal.stdout.write(`${counted(started, "workload")} started again\n`);
  return 0;
};
