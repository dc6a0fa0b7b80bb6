import type { ErrorInfo } from "@touchstone/core/errors";

/** Says on stderr what will not be asserted, and where it stands; the report says so too. */
export const warnTo =
  (stderr: { write: (text: string) => unknown }) =>
  ({ what, why }: ErrorInfo): void =>
    void stderr.write(`warning: ${what.replace(" cannot be read as checks", "")}: ${why}\n`);
