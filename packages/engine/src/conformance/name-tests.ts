/** Names as they come, and what the dialects declare to differ. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { DIALECTS } from "../dialects/index.ts";
import type { Engine } from "./engines.ts";
import { ADVERSARIAL_TEXTS } from "./function-cases.ts";

/** Names longer than 63 bytes are cut by Postgres, so no catalogue there has them; none is empty. */
const NAME_BYTES_MAX = 63;
const NAMES = [
  ...ADVERSARIAL_TEXTS,
  "__proto__",
  "constructor",
  "order",
  "group",
  "user",
  "Mixed Case",
  "x".repeat(63),
  "é".repeat(31),
  "an element",
  "rows",
].filter((name) => name !== "" && Buffer.byteLength(name) <= NAME_BYTES_MAX);

export const testNames = (engines: () => readonly Engine[]): void => {
  void test("names come back to the byte", async () => {
    for (const engine of engines()) {
      const { quote } = DIALECTS[engine.dialect];
      for (const [i, name] of NAMES.entries()) {
        const [row] = await engine.session.query(
          `SELECT t.${quote(name)} FROM (SELECT ${i} AS ${quote(name)}) AS t WHERE ${quote(name)} = ${i}`,
        );
        assert.deepEqual(Object.entries(row ?? {}), [[name, i]], `${engine.name}: ${JSON.stringify(name)}`);
      }
    }
  });
};

export const testDifferences = (engines: () => readonly Engine[]): void => {
  void test("declared differences are still there: one that has healed must go from the dialect", async () => {
    for (const engine of engines())
      for (const { what, probe } of DIALECTS[engine.dialect].differences) {
        const answer = await engine.session.query(probe.sql).then(
          ([row]) => Object.values(row ?? {})[0],
          (thrown: unknown) => toErrorInfo(thrown).why,
        );
        if ("fails" in probe) assert.match(String(answer), new RegExp(probe.fails), `${engine.name}: ${what}`);
        else assert.equal(answer, probe.answers, `${engine.name}: ${what}`);
      }
  });
};
