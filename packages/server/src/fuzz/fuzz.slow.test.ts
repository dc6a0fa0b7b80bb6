/**
 * Ten thousand requests made by chance, other ones each time (fewer where TOUCHSTONE_FUZZ_REQUESTS says so). A failure names its seed; `TOUCHSTONE_FUZZ_SEED=… node --test` on this
 * file asks the same ones again.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTrial, type Trial } from "../trial/trial.ts";
import { fuzz } from "./run.ts";

const given = Number(process.env["TOUCHSTONE_FUZZ_SEED"]);
const SEED = Number.isSafeInteger(given) && given > 0 ? given : Date.now() % 2 ** 31;
const REQUESTS = Number(process.env["TOUCHSTONE_FUZZ_REQUESTS"] ?? 10_000);

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

test(`${REQUESTS} requests made from the OpenAPI document (seed ${SEED}): no error that nobody expected, no hang, and answers by the contract`, async () => {
  const { faults } = await fuzz(trial, SEED, REQUESTS);
  assert.deepEqual(faults, [], `seed ${SEED}`);
});
