/** Findings as a table of cases says them: the state of each, and what it tells. */
import assert from "node:assert/strict";
import type { Finding } from "@touchstone/core/model/finding";

export type Expected = readonly (readonly [Finding["state"], RegExp])[];

/** Nothing more and nothing less than expected, and whatever is wrong says what to do. */
export const expectFindings = (findings: readonly Finding[], expected: Expected): void => {
  const told = findings.map(({ state, subject, found }) => `${state} ${subject}: ${found}`).join("\n");
  assert.deepEqual(
    findings.map(({ state }) => state),
    expected.map(([state]) => state),
    told,
  );
  findings.forEach(({ found, state, todo }, index) => {
    assert.match(found, expected[index]?.[1] ?? assert.fail());
    if (state === "problem" || state === "note") assert.ok((todo ?? "") !== "", `${found}: and what now?`);
  });
};
