import assert from "node:assert/strict";
import { test } from "node:test";
import { AnomalyStatus, isOpen, transition, type Transition } from "./anomaly-status.ts";

/** From the rows to the columns: c changes, s stays, r refused. */
const TABLE = `
                Active Acknowledged Resolved Invalid Duplicate Discarded
  Active        s      c            c        c       c         c
  Acknowledged  c      s            c        c       c         c
  Resolved      c      r            s        r       r         r
  Invalid       c      r            r        s       r         r
  Duplicate     c      r            r        r       s         r
  Discarded     c      r            r        r       r         s`;

const WORDS: Readonly<Record<string, Transition>> = { c: "changes", s: "stays", r: "refused" };
const [head, ...rows] = TABLE.trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));

for (const [from, ...cells] of rows)
  for (const [i, cell] of cells.entries()) {
    const to = head![i]!;
    test(`${from} -> ${to}: ${WORDS[cell]}`, () =>
      assert.equal(transition(AnomalyStatus.parse(from), AnomalyStatus.parse(to)), WORDS[cell]));
  }

test("the table holds every status", () => assert.deepEqual(head, AnomalyStatus.options));
test("two are open", () => assert.deepEqual(AnomalyStatus.options.filter(isOpen), ["Active", "Acknowledged"]));
