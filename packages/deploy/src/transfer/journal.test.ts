/** The journal of a transfer, as somebody may have left it; and steps of which some were done before. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { JOURNAL, readJournal, runSteps, type Step } from "./journal.ts";

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
