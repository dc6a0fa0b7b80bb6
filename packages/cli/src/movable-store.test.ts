/** What a store says to who tries to get in, and what of it proves that the password is another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { triedOf } from "./movable-store.ts";

const CASES: readonly { says: string; isRefusal: boolean }[] = [
  { says: 'password authentication failed for user "touchstone"', isRefusal: true },
  { says: 'role "touchstone" does not exist', isRefusal: true },
  { says: 'role "touchstone" is not permitted to log in', isRefusal: true },
  { says: 'no pg_hba.conf entry for host "192.0.2.7", user "a", database "b", SSL encryption', isRefusal: true },
  { says: 'no pg_hba.conf entry for host "192.0.2.7", user "a", database "b", no encryption', isRefusal: false },
  { says: 'no pg_hba.conf entry for host "192.0.2.7", user "a", database "b", SSL off', isRefusal: false },
  { says: "connect ECONNREFUSED 192.0.2.7:5432", isRefusal: false },
  { says: "self-signed certificate in certificate chain", isRefusal: false },
];

for (const { says, isRefusal } of CASES)
  test(says, () => {
    assert.deepEqual(triedOf(says), isRefusal ? { opens: false } : { why: says });
  });
