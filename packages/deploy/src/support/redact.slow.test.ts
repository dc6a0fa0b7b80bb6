/** Secrets of every shape in every text field of every kind there is a definition of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CANARIES, filledWith, KINDS, seenIn } from "../trial/canaries.ts";
import { redacted } from "./redact.ts";

test("in every field of every kind there is, nothing of any shape stays", () => {
  for (const kind of KINDS)
    for (const canary of CANARIES) {
      const object = filledWith(kind, canary.text);
      assert.ok(seenIn(JSON.stringify(object), canary).length > 0, `${kind} has a text`);
      assert.deepEqual(seenIn(JSON.stringify(redacted(object)), canary), [], `${kind}: ${canary.name}`);
    }
});
