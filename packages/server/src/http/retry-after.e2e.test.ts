/** What callers are told of limits, and of what does not answer for the moment. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { API_VERSION } from "@touchstone/core/routes/index";
import { openTrial, type Trial } from "../trial/trial.ts";
import { insertDatastore } from "../trial/objects.ts";
import { isStoreAway } from "./store-away.ts";

let trial: Trial;
before(async () => void (trial = await openTrial({ rateLimit: { perSecond: 0.01, burst: 5 } })));
after(() => trial.close());

const get = (token: string | null, from?: string) =>
  trial.browse("GET", "/users/me", {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(from === undefined ? {} : { from }),
  });
const leftOf = (answer: Response): string | undefined => /;r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1];

test("each token has requests of its own, hears what is left, and when to come back", async () => {
  const [one, other] = [await trial.user("Member"), await trial.user("Member")];
  const left: (string | undefined)[] = [];
  for (let i = 0; i < 5; i++) left.push(leftOf(await get(one.token)));
  assert.deepEqual(left, ["4", "3", "2", "1", "0"]);
  const refused = await get(one.token);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 90);
  assert.equal(refused.headers.get("ratelimit-policy"), '"caller";q=5;w=500');
  const body = (await refused.json()) as { code: string; retry_after_seconds: number };
  assert.deepEqual([body.code, String(body.retry_after_seconds)], ["TOO_MANY_REQUESTS", refused.headers.get("retry-after")]);
  assert.equal(refused.headers.get("touchstone-api-version"), API_VERSION);
  assert.equal(leftOf(await get(other.token)), "4", "another token is not concerned");
  assert.deepEqual([leftOf(await get(null)), leftOf(await get(null, "192.0.2.77"))], ["4", "4"], "nor are addresses");
});

test("what needs a dataplane while none is there says when to try again", async () => {
  const manager = await trial.user("Admin", "asks a dataplane");
  const id = await insertDatastore(trial.store.db, "far away");
  const answer = await trial.browse("POST", `/datastores/${id}/connection`, { headers: { authorization: `Bearer ${manager.token}` } });
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "30"]);
});

test("what the store's driver throws when the store is away, and what is a mistake of ours", () => {
  const withCode = (code: string) => Object.assign(new Error("x"), { code });
  const away: Error[] = ["57P01", "57P03", "08006", "53300", "ECONNREFUSED", "ECONNRESET"].map(withCode);
  for (const message of ["timeout exceeded when trying to connect", "Connection terminated unexpectedly"]) away.push(new Error(message));
  for (const thrown of away) assert.ok(isStoreAway(thrown), String(Reflect.get(thrown, "code") ?? thrown.message));
  for (const thrown of [withCode("23505"), withCode("57014"), withCode("42P01"), new TypeError("x is undefined"), "text", null])
    assert.ok(!isStoreAway(thrown));
});
