/** What went wrong while writing, in words for the user. Engine messages may quote values: they are kept as `cause` only. */
import { UserError, userError } from "@touchstone/core/errors";
import type { ErrorCode } from "@touchstone/core/errors";

/** Errors that already say what they mean to a target. */
const FINAL: readonly ErrorCode[] = [
  "ABORTED",
  "CONNECTION_FAILED",
  "CONNECTION_LOST",
  "DISK_FULL",
  "ENGINE_DIED",
  "LIMIT_EXCEEDED",
  "OPTION_INVALID",
  "OUT_OF_MEMORY",
  "TARGET_BUSY",
  "TARGET_KIND_UNKNOWN",
  "TARGET_READ_ONLY",
  "TARGET_TABLE_FOREIGN",
  "TARGET_WRITE_FAILED",
];

const messageOf = (thrown: unknown): string => {
  if (thrown instanceof UserError && thrown.cause instanceof Error) return thrown.cause.message;
  return thrown instanceof Error ? thrown.message : String(thrown);
};

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

/** Reasons why a place cannot be written, by the system's code or the engine's words. */
const REASONS: readonly { code: readonly string[]; message: RegExp; reason: string }[] = [
  { code: ["EACCES", "EPERM"], message: /permission denied|operation not permitted/i, reason: "permission denied" },
  { code: ["EROFS"], message: /read-only/i, reason: "it is on a read-only file system, or opened read-only" },
  { code: ["ENOTDIR", "EEXIST"], message: /not a directory/i, reason: "a file stands where a folder is needed" },
  { code: ["EISDIR"], message: /is a directory/i, reason: "a folder stands where a file is needed" },
  { code: ["ENOENT"], message: /no such file|does not exist/i, reason: "the folder it would be in does not exist and cannot be made" },
  {
    code: [],
    message: /not a valid duckdb|unable to read.*header|serialization/i,
    reason: "the file is not a DuckDB database of a version this engine writes",
  },
];

const LOCKED = /could not set lock/i;

/** Whether another process holds the database file. */
export const isLocked = (thrown: unknown): boolean => LOCKED.test(messageOf(thrown));

/** Any failure of a folder or DuckDB target as a UserError. Mistakes of our own (TypeError …) pass as they are. */
export const targetFailure = (thrown: unknown, target: string): unknown => {
  if (thrown instanceof UserError && FINAL.includes(thrown.info.code) && thrown.info.code !== "DISK_FULL") return thrown;
  const code = codeOf(thrown);
  const message = messageOf(thrown);
  const withCause = (error: UserError): UserError => new UserError(error.info, { cause: thrown });
  if (["ENOSPC", "EDQUOT"].includes(code) || /no space left|disk quota|disk full|max_temp_directory_size/i.test(message))
    return withCause(userError("DISK_FULL", target));
  if (LOCKED.test(message)) return withCause(userError("TARGET_BUSY", target, holderOf(message)));
  const known = REASONS.find((reason) => reason.code.includes(code) || (thrown instanceof UserError && reason.message.test(message)));
  if (known) return withCause(userError("TARGET_READ_ONLY", target, known.reason));
  if (thrown instanceof UserError) return withCause(userError("TARGET_WRITE_FAILED", target, thrown.info.why));
  return code === "" ? thrown : withCause(userError("TARGET_WRITE_FAILED", target, `the system answers ${code}`));
};

const holderOf = (message: string): string => {
  const pid = /PID (\d+)/.exec(message)?.[1];
  return pid === undefined ? "another process holds its lock" : `process ${pid} holds its lock`;
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How often a busy target is asked again. */
const RETRY_EVERY_MS = 50;

/** Tries until it succeeds, fails for another reason than a lock, or the time is over; then the last failure is thrown. */
export const whileBusy = async <T>(waitMs: number, isBusy: (thrown: unknown) => boolean, attempt: () => Promise<T>): Promise<T> => {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= until) throw thrown;
    }
    await wait(RETRY_EVERY_MS);
  }
};
