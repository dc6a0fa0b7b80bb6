/** Maintenance windows. The first of January 2026 was a Thursday. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { isOpen, opening, windowIn, windowText } from "./windows.ts";

const CASES: readonly { window: string; now: string; opens: string }[] = [
  { window: "thu 02:00-05:00", now: "2026-01-01T02:00:00Z", opens: "2026-01-01T02:00:00Z" },
  { window: "thu 02:00-05:00", now: "2026-01-01T04:59:59Z", opens: "2026-01-01T04:59:59Z" },
  { window: "thu 02:00-05:00", now: "2026-01-01T05:00:00Z", opens: "2026-01-08T02:00:00Z" },
  { window: "thu 02:00-05:00", now: "2026-01-01T01:59:59Z", opens: "2026-01-01T02:00:00Z" },
  { window: "sat,sun 22:00-04:00", now: "2026-01-01T12:00:00Z", opens: "2026-01-03T22:00:00Z" },
  { window: "sat,sun 22:00-04:00", now: "2026-01-05T03:00:00Z", opens: "2026-01-05T03:00:00Z" },
  { window: "sat,sun 22:00-04:00", now: "2026-01-05T04:00:00Z", opens: "2026-01-10T22:00:00Z" },
  { window: "daily 01:00-02:00", now: "2026-01-31T03:00:00Z", opens: "2026-02-01T01:00:00Z" },
  { window: "daily 00:00-24:00", now: "2026-01-31T03:00:00Z", opens: "2026-01-31T03:00:00Z" },
  { window: "fri 10:00-10:00", now: "2026-01-03T09:00:00Z", opens: "2026-01-03T09:00:00Z" },
];
for (const { window, now, opens } of CASES)
  test(`${window} at ${now}`, () => {
    assert.equal(opening(windowIn(window), new Date(now)).toISOString(), new Date(opens).toISOString());
    assert.equal(isOpen(windowIn(window), new Date(now)), now === opens);
    assert.equal(windowText(windowIn(window)), `${window} UTC`);
  });

test("without a window it is always open", () => assert.ok(isOpen(null, new Date())));

for (const text of ["", "sun", "sun 2:00-5:00", "son 02:00-05:00", "sun 02:00-25:00", "sun 02:60-05:00", "sun 02:00-05:00 CET"])
  test(`refused: ${JSON.stringify(text)}`, () =>
    assert.throws(
      () => windowIn(text),
      (thrown) => toErrorInfo(thrown).code === "OPTION_INVALID",
    ));
