/** Some requests made by chance, the same ones every time; the many are in fuzz.slow.test.ts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTrial, type Trial } from "../trial/trial.ts";
import { fuzz } from "./run.ts";

const SEED = 1;
const REQUESTS = 400;

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

test(`${REQUESTS} requests made from the OpenAPI document (seed ${SEED}): no error that nobody expected, and answers by the contract`, async () => {
  const { faults, byStatus } = await fuzz(trial, SEED, REQUESTS);
  assert.deepEqual(faults, []);
  for (const status of [200, 401, 403, 404, 422])
    assert.ok(byStatus.has(status), `nothing was answered with ${status}: the requests are all alike`);
});
