/** What a test expects to be thrown: an error by its code, whose reason it knows. */
import assert from "node:assert/strict";
import { toErrorInfo, type ErrorCode } from "@touchstone/core/errors";

/** For `assert.rejects` and `assert.throws`. */
export const codeIs =
  (code: ErrorCode, why = /./) =>
  (thrown: unknown): true => {
    const info = toErrorInfo(thrown);
    assert.equal(info.code, code, String(thrown));
    assert.match(info.why, why);
    return true;
  };

/** The code of what is thrown; null when nothing is. */
export const codeOf = (work: () => unknown): ErrorCode | null => {
  try {
    work();
    return null;
  } catch (thrown) {
    return toErrorInfo(thrown).code;
  }
};
