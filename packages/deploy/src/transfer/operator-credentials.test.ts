/** The store's address that an operator keeps: encrypted as pods have it, or the try would prove nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { asPodsOpenIt } from "./operator-credentials.ts";

const STORE = "postgres://touchstone:a%3Fb@db.example.org/touchstone";

const CASES: readonly { given: string; kept: string }[] = [
  { given: STORE, kept: `${STORE}?sslmode=verify-full` },
  { given: `${STORE}?application_name=x`, kept: `${STORE}?application_name=x&sslmode=verify-full` },
  ...["sslmode=disable", "a=b&sslmode=require", "ssl=0", "sslrootcert=/etc/ca.crt"].map((query) => ({
    given: `${STORE}?${query}`,
    kept: `${STORE}?${query}`,
  })),
  { given: "not an address", kept: "not an address" },
];

for (const { given, kept } of CASES)
  test(given, () => {
    assert.equal(asPodsOpenIt(given), kept);
  });
