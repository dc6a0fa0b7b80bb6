/** Questions on a terminal that a test types into: what is asked, what is taken, and what ends it. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import type { Question } from "@touchstone/deploy/interview/question";
import { run } from "../run.ts";
import { flagAnswers, interviewed, wrapped } from "./interview.ts";
import { terminalOf } from "./typed-terminal.ts";

const question = (name: string, more: Partial<Question>): Question => ({
  name,
  asks: `Which ${name}?`,
  why: "it matters",
  choices: [],
  usual: () => null,
  refuses: (text) => (text === "" ? "something must be said" : null),
  isAsked: () => true,
  ...more,
});
const QUESTIONS: readonly Question[] = [
  question("model", {
    choices: [
      { value: "one", docs: "the first" },
      { value: "two", docs: "the second" },
    ],
  }),
  question("host-name", { isAsked: ({ model }) => model === "two", usual: () => "db" }),
  question("owner", {}),
];

suite("an interview", () => {
  const TYPED: { what: string; typed: string; answered: Record<string, string> }[] = [
    { what: "by words", typed: "one\nme\n", answered: { model: "one", owner: "me" } },
    { what: "by numbers, and what is usual", typed: "2\n\nme\n", answered: { model: "two", "host-name": "db", owner: "me" } },
    { what: "again where it was no answer", typed: "3\nthree\n1\n\n  me \n", answered: { model: "one", owner: "me" } },
  ];
  for (const { what, typed, answered } of TYPED)
    test(what, async () => {
      const { terminal } = terminalOf({ typed });
      assert.deepEqual(await interviewed("x", QUESTIONS, {}, {}, terminal), answered);
    });

  test("says why it asks, and why it asks again", async () => {
    const { terminal, told } = terminalOf({ typed: "three\none\nme\n" });
    await interviewed("x", QUESTIONS, {}, {}, terminal);
    assert.match(
      told(),
      /Which model\?\n  it matters\n    1  one  the first\n    2  two  the second\n  1 to 2, or the word: {3}three: it is none of one, two\n/,
    );
  });

  test("asks nothing that was given", async () => {
    const { terminal, told } = terminalOf({ typed: "me\n" });
    assert.deepEqual(await interviewed("x", QUESTIONS, flagAnswers(QUESTIONS, { model: "two", hostName: "h" }), {}, terminal), {
      model: "two",
      "host-name": "h",
      owner: "me",
    });
    assert.doesNotMatch(told(), /host-name|model/);
  });

  test("ends when the input does", async () => {
    const { terminal } = terminalOf({ typed: "one\n" });
    await assert.rejects(interviewed("x", QUESTIONS, {}, {}, terminal), (thrown) => toErrorInfo(thrown).code === "ABORTED");
  });

  test("where nobody can be asked, what is missing is named", async () => {
    const { terminal } = terminalOf({ typed: "", isPerson: false });
    await assert.rejects(interviewed("touchstone x", QUESTIONS, { model: "two" }, {}, terminal), (thrown) => {
      const { code, why } = toErrorInfo(thrown);
      assert.equal(code, "ANSWERS_MISSING");
      assert.match(why, /not given: --owner$/);
      return true;
    });
  });

  test("a person who says --yes is asked only what has no usual answer", async () => {
    const { terminal, told } = terminalOf({ typed: "" });
    const answered = await interviewed("x", QUESTIONS, { model: "two", owner: "me" }, { yes: true }, terminal);
    assert.deepEqual(answered, { model: "two", "host-name": "db", owner: "me" });
    assert.equal(told(), "");
  });

  test("lines are wrapped between words, and a long word stays whole", () => {
    const long = "x".repeat(120);
    assert.equal(wrapped(`a ${long} b`, "  "), `  a\n  ${long}\n  b\n`);
  });
});

suite("touchstone deploy advise", () => {
  const ANSWERS = "--purpose try --databricks some".split(" ");

  test("typed on a terminal", async () => {
    const { terminal, printed } = terminalOf({ typed: "try\n1\n" });
    assert.equal(await run(["deploy", "advise"], terminal), 0);
    assert.match(printed(), /^One process on one machine\n/);
    assert.match(printed(), /\nNext, by you\n  npm ci && npm start\n/);
  });

  test("as JSON, by flags", async () => {
    const { terminal, printed } = terminalOf({ typed: "", isPerson: false });
    assert.equal(await run(["deploy", "advise", ...ANSWERS, "--json"], terminal), 0);
    const advice: unknown = JSON.parse(printed());
    assert.equal(Reflect.get(Object(advice), "model"), "process");
    assert.match(printed(), /Databricks workspace is not built yet/);
  });

  test("flags missing where nobody can be asked", async () => {
    const { terminal, told } = terminalOf({ typed: "", isPerson: false });
    assert.equal(await run(["deploy", "advise"], terminal), 2);
    assert.match(told(), /ANSWERS_MISSING[\s\S]+--purpose, --databricks/);
  });
});
