/** The journal of a transfer, as somebody may have left it; and steps of which some were done before. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { JOURNAL, readJournal, runSteps, withdraw, type Step } from "./journal.ts";

const TRANSFER = "sha256:1";
const journal = (text: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: JOURNAL }, data: { journal: text } });

suite("a journal that was changed by hand", () => {
  for (const text of ["", "{", "[]", '{"version":2,"transfer":"x","steps":[]}'])
    test(`${text || "nothing"} is refused with its reason`, async () => {
      const { kubectl, put } = kubectlInMemory();
      put(journal(text));
      await assert.rejects(readJournal(kubectl), (thrown) => toErrorInfo(thrown).code === "DOCUMENT_INVALID");
    });
});

test("what was done before is not done again, and each step is written down before the next begins", async () => {
  const { kubectl } = kubectlInMemory();
  const done: string[] = [];
  const step = (name: string): Step => ({ name, title: name, run: async () => (done.push(name), "") });
  const wish = new AbortController();
  const stops: Step = { ...step("two"), run: async () => (done.push("two"), wish.abort(), "") };
  const running = { kubectl, transfer: TRANSFER, tell: () => undefined, signal: wish.signal };
  await assert.rejects(runSteps([step("one"), stops, step("three")], running));
  assert.deepEqual(done, ["one", "two"]);
  await runSteps([step("one"), step("two"), step("three")], { ...running, signal: new AbortController().signal });
  assert.deepEqual(done, ["one", "two", "three"]);
  assert.equal((await readJournal(kubectl))?.steps.length, 3);
});

test("a transfer that was taken back is not taken over, and one that is being taken over is not taken back", async () => {
  const { kubectl } = kubectlInMemory();
  const step: Step = { name: "one", title: "one", run: async () => "" };
  const running = { kubectl, transfer: TRANSFER, tell: () => undefined, signal: new AbortController().signal };
  const notPossible = (thrown: unknown): boolean => toErrorInfo(thrown).code === "TRANSFER_NOT_POSSIBLE";
  await withdraw(kubectl, TRANSFER, new Date());
  await withdraw(kubectl, TRANSFER, new Date());
  await withdraw(kubectl, "sha256:2", new Date());
  await assert.rejects(runSteps([step], running), notPossible);
  const another = { ...running, transfer: "sha256:3" };
  assert.equal((await runSteps([step], another)).length, 1);
  await assert.rejects(withdraw(kubectl, "sha256:3", new Date()), notPossible);
  for (const transfer of [TRANSFER, "sha256:2"]) await assert.rejects(runSteps([step], { ...running, transfer }), notPossible);
  assert.equal((await runSteps([step], another)).length, 1, "what was refused has changed nothing");
});
