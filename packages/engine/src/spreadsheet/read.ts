/** Spreadsheets (.xlsx), read by a process of their own. Decision 0028 says by what, and why so. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { userError } from "@touchstone/core/errors";
import type { SheetAnswer, SheetRequest } from "./protocol.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
/** What the rows of 256 MB of XML need. */
const MEMORY_MB_MAX = 1024;
/** What they take on a slow machine. */
const READ_MS_MAX = 120_000;

export type SheetOptions = { signal?: AbortSignal | undefined; memoryMb?: number };

/** Writes the rows of a sheet as CSV. What there is against it, if anything; throws ABORTED. */
export const sheetToCsv = async (request: SheetRequest, { signal, memoryMb = MEMORY_MB_MAX }: SheetOptions = {}): Promise<SheetAnswer> => {
  const child = fork(CHILD, [], {
    execPath: process.execPath,
    execArgv: ["--disable-warning=ExperimentalWarning", `--max-old-space-size=${memoryMb}`],
    env: { TZ: "UTC" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    timeout: READ_MS_MAX,
    killSignal: "SIGKILL",
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = await new Promise<SheetAnswer>((resolve) => {
    child.on("message", (message) => resolve(message as SheetAnswer));
    // Without an answer it was out of memory or time.
    child.on("exit", () => resolve({ refused: "large" }));
    child.on("error", () => resolve({ refused: "unreadable" }));
    child.send(request, () => undefined);
  });
  if (signal?.aborted === true) throw userError("ABORTED");
  return answer;
};
