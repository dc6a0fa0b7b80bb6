/**
 * What of a transfer is done, kept where the transfer happens: a ConfigMap in the namespace of the deployment. Whoever goes on, from
 * whatever machine, goes on from there. No secret is in it.
 */
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { at } from "../kubernetes/manifest.ts";

export const JOURNAL = "touchstone-transfer";

const Entry = z.strictObject({ name: z.string(), at: z.string(), note: z.string() });
const Journal = z.strictObject({
  version: z.literal(1),
  transfer: z.string(),
  steps: z.array(Entry),
  /** Transfers that the operator has taken back, whichever is the one above. */
  withdrawn: z.array(z.strictObject({ transfer: z.string(), at: z.string() })).default([]),
});
export type Journal = z.infer<typeof Journal>;
export type JournalEntry = z.infer<typeof Entry>;

const newJournal = (transfer: string, withdrawn: Journal["withdrawn"] = []): Journal => ({ version: 1, transfer, steps: [], withdrawn });

/** What a text says; null when it is no journal. */
const journalIn = (text: string): Journal | null => {
  try {
    return Journal.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/** What is written down; null when nothing is. Throws DOCUMENT_INVALID. */
export const readJournal = async (kubectl: Kubectl): Promise<Journal | null> => {
  const text = at(await kubectl.get("configmap", JOURNAL), "data", "journal");
  if (typeof text !== "string") return null;
  const journal = journalIn(text);
  if (journal !== null) return journal;
  throw userError("DOCUMENT_INVALID", `ConfigMap ${JOURNAL}`, "journal", "it was changed by hand, or is of another version");
};

const write = async (kubectl: Kubectl, journal: Journal): Promise<void> => {
  const { namespace } = kubectl.access;
  const metadata = { name: JOURNAL, namespace, labels: { "app.kubernetes.io/part-of": "touchstone" } };
  await kubectl.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { journal: JSON.stringify(journal) } });
};

/**
 * The operator takes a transfer back: nobody takes it over from now on. Asked for under the lock of the deployment. Throws
 * TRANSFER_NOT_POSSIBLE when the customer has begun to take it over.
 */
export const withdraw = async (kubectl: Kubectl, transfer: string, now: Date): Promise<void> => {
  const { steps, withdrawn, ...journal } = (await readJournal(kubectl)) ?? newJournal(transfer);
  if (journal.transfer === transfer && steps.length > 0)
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      transfer,
      `the customer has begun to take it over: ${steps.map(({ name }) => name).join(", ")} ${steps.length === 1 ? "is" : "are"} done`,
      "bring it to its end together: what was taken over is not given back by a command",
    );
  if (withdrawn.some((one) => one.transfer === transfer)) return;
  await write(kubectl, { ...journal, steps, withdrawn: [...withdrawn, { transfer, at: now.toISOString() }] });
};

/** One thing to be done. Run again after a kill it ends the same: each looks first how far it came. */
export type Step = {
  name: string;
  /** What is about to happen, for people. */
  title: string;
  /** What has happened, for the record. */
  run: () => Promise<string>;
};

type Running = { kubectl: Kubectl; transfer: string; tell: (line: string) => void; signal: AbortSignal };

/** Steps one after the other, each written down when it is done; what was done before is not done again. Answers all of them. */
export const runSteps = async (steps: readonly Step[], { kubectl, transfer, tell, signal }: Running): Promise<JournalEntry[]> => {
  const found = await readJournal(kubectl);
  // A journal of another transfer is that of one that is over.
  let journal: Journal = found?.transfer === transfer ? found : newJournal(transfer, found?.withdrawn);
  const takenBack = journal.withdrawn.find((one) => one.transfer === transfer);
  if (takenBack !== undefined)
    throw userError("TRANSFER_NOT_POSSIBLE", transfer, `the operator has taken it back at ${takenBack.at}`, "ask for another transfer");
  for (const { name, title, run } of steps) {
    if (journal.steps.some((done) => done.name === name)) {
      tell(`done before: ${title}`);
      continue;
    }
    signal.throwIfAborted();
    tell(title);
    const note = await run();
    journal = { ...journal, steps: [...journal.steps, { name, at: new Date().toISOString(), note }] };
    await write(kubectl, journal);
  }
  return journal.steps;
};

/** What is still to come, without doing any of it. */
export const stepsAhead = async (
  steps: readonly Step[],
  kubectl: Kubectl,
  transfer: string,
): Promise<{ title: string; isDone: boolean }[]> => {
  const found = await readJournal(kubectl);
  const done = found?.transfer === transfer ? found.steps : [];
  return steps.map(({ name, title }) => ({ title, isDone: done.some((one) => one.name === name) }));
};
