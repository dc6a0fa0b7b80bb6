import assert from "node:assert/strict";
import { test } from "node:test";
import { isOpen, MaintenanceWindow, opening } from "./window.ts";

const NIGHT = { days: ["tue"], from: "22:30", hours: 4, timeZone: "Europe/Berlin" };
const WEEKEND = { days: ["sun"], from: "20:00", hours: 24 };

/** 2026-11-24 is a Tuesday. Berlin is an hour ahead of UTC in winter, two in summer. */
const CASES: readonly { what: string; window: object; now: string; open: boolean }[] = [
  { what: "nothing said: always", window: {}, now: "2026-11-24T03:00:00Z", open: true },
  { what: "a minute before", window: NIGHT, now: "2026-11-24T21:29:59Z", open: false },
  { what: "as it begins", window: NIGHT, now: "2026-11-24T21:30:00Z", open: true },
  { what: "past midnight", window: NIGHT, now: "2026-11-25T01:29:59Z", open: true },
  { what: "as it ends", window: NIGHT, now: "2026-11-25T01:30:00Z", open: false },
  { what: "another day", window: NIGHT, now: "2026-11-25T21:45:00Z", open: false },
  { what: "in summer an hour earlier", window: NIGHT, now: "2026-07-21T20:30:00Z", open: true },
  { what: "over the end of the week", window: WEEKEND, now: "2026-11-30T19:59:00Z", open: true },
  { what: "after the end of the week", window: WEEKEND, now: "2026-11-30T20:00:00Z", open: false },
  { what: "at midnight", window: { from: "00:00", hours: 1 }, now: "2026-11-24T00:00:00Z", open: true },
  {
    what: "a beginning that the clock leaves out",
    window: { days: ["sun"], from: "02:30", hours: 1, timeZone: "Europe/Berlin" },
    now: "2026-03-29T01:05:00Z",
    open: true,
  },
  {
    what: "a zone of half an hour",
    window: { from: "05:30", hours: 1, timeZone: "Asia/Kolkata" },
    now: "2026-11-24T00:00:00Z",
    open: true,
  },
];
for (const { what, window, now, open } of CASES)
  test(`${what}: ${open ? "open" : "closed"}`, () => assert.equal(isOpen(MaintenanceWindow.parse(window), new Date(now)), open));

const OPENINGS: readonly { what: string; window: object; now: string; from: string }[] = [
  { what: "open already", window: NIGHT, now: "2026-11-24T22:00:30Z", from: "2026-11-24T22:00:30.000Z" },
  { what: "later today", window: NIGHT, now: "2026-11-24T12:00:30Z", from: "2026-11-24T21:30:00.000Z" },
  { what: "next week", window: NIGHT, now: "2026-11-25T01:30:00Z", from: "2026-12-01T21:30:00.000Z" },
  { what: "after the clock was put forward", window: NIGHT, now: "2026-03-25T12:00:00Z", from: "2026-03-31T20:30:00.000Z" },
  { what: "after it was put back", window: NIGHT, now: "2026-10-22T12:00:00Z", from: "2026-10-27T21:30:00.000Z" },
  {
    what: "the first of several days",
    window: { days: ["mon", "thu"], from: "03:00", hours: 1 },
    now: "2026-11-24T03:00:00Z",
    from: "2026-11-26T03:00:00.000Z",
  },
];
for (const { what, window, now, from } of OPENINGS)
  test(`opens: ${what}`, () => assert.equal(opening(MaintenanceWindow.parse(window), new Date(now)).toISOString(), from));

const NONE: readonly object[] = [
  { from: "24:00" },
  { from: "2:00" },
  { hours: 0 },
  { hours: 25 },
  { days: [] },
  { days: ["someday"] },
  { timeZone: "Mars/Olympus" },
];
for (const window of NONE)
  test(`not a window: ${JSON.stringify(window)}`, () => assert.equal(MaintenanceWindow.safeParse(window).success, false));
