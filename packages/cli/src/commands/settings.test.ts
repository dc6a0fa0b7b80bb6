import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { bytes } from "./settings.ts";

test("sizes in bytes", () => {
  const cases: [string, number][] = [
    ["1KB", 1000],
    ["1KiB", 1024],
    ["500MB", 5e8],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["2 tb", 2e12],
    ["40GiB", 40 * 2 ** 30],
  ];
  for (const [text, value] of cases) assert.equal(bytes({ tempSize: text }, "tempSize"), value, text);
  assert.equal(bytes({}, "tempSize"), undefined);
  for (const wrong of ["20", "GiB", "-1GB", "20Gi", ""])
    assert.throws(
      () => bytes({ tempSize: wrong }, "tempSize"),
      (thrown) => thrown instanceof UserError && /--temp-size/.test(thrown.info.what + thrown.info.why),
      wrong,
    );
});
