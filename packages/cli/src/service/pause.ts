import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";

/** Waits that end early, with ABORTED, when the command is interrupted. */
export const pausing =
  (signal: AbortSignal) =>
  async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal }).catch(() => {
      throw userError("ABORTED");
    });
  };
