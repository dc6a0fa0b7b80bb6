import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep, type Step } from "./steps.ts";

const check = (words: string, expected: Step) =>
  test(words === "" ? "nothing has run" : words, () => {
    const ran = words === "" ? [] : words.split(", ").map((word, index) => ({ id: index + 1, ...named(word) }));
    assert.deepEqual(nextStep(ran), expected);
  });

const named = (word: string) => {
  const [type = "", result = ""] = word.split(" ");
  return { type, result };
};

check("", { step: "start", type: "sync" });
check("sync queued", { step: "watch", id: 1 });
check("sync running", { step: "watch", id: 1 });
check("sync success", { step: "start", type: "profile" });
check("sync failure", { step: "over", done: false });
check("sync aborted", { step: "over", done: false });
check("sync success, profile success", { step: "start", type: "scan" });
check("sync success, profile running", { step: "watch", id: 2 });
check("sync success, profile success, scan success", { step: "over", done: true });
check("sync success, profile failure, profile success", { step: "start", type: "scan" });
check("sync success, profile success, scan success, sync queued", { step: "watch", id: 4 });
check("export success", { step: "start", type: "sync" });
