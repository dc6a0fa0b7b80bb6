/** SQLSTATE codes of an enrichment target in Postgres, in words for the user. What fails while connecting is the connector's to say. */
import { UserError, userError } from "@touchstone/core/errors";
import { isLost } from "../connectors/postgres/failure.ts";

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CANNOT_WRITE: Record<string, string> = {
  "42501": "the user of this connection lacks the right",
  "25006": "the server or the session is read-only",
  "0A000": "a view or another object depends on a column that must become wider",
  "3F000": "the schema does not exist",
};
const DISK_FULL = ["53100"];
const BUSY = ["55P03", "40P01", "40001"];

/** While writing. Messages of the server may quote values and are kept as `cause` only; mistakes of our own pass as they are. */
export const writeFailure = (thrown: unknown, target: string): unknown => {
  if (thrown instanceof UserError) return thrown;
  const code = codeOf(thrown);
  const withCause = (error: UserError): UserError => new UserError(error.info, { cause: thrown });
  if (isLost(thrown)) return withCause(userError("CONNECTION_LOST", target));
  if (DISK_FULL.includes(code)) return withCause(userError("DISK_FULL", target));
  if (BUSY.includes(code)) return withCause(userError("TARGET_BUSY", target, "another session holds a lock on the tables"));
  const reason = CANNOT_WRITE[code];
  if (reason !== undefined) return withCause(userError("TARGET_READ_ONLY", target, reason));
  return code === "" ? thrown : withCause(userError("TARGET_WRITE_FAILED", target, `the server answers with SQLSTATE ${code}`));
};
