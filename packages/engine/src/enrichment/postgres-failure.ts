/** SQLSTATE codes and socket errors of an enrichment target in Postgres, in words for the user. */
import { UserError, userError } from "@touchstone/core/errors";

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

const text = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CANNOT_WRITE: Record<string, string> = {
  "42501": "the user of this connection lacks the right",
  "25006": "the server or the session is read-only",
  "0A000": "a view or another object depends on a column that must become wider",
  "3F000": "the schema does not exist",
};
const DISK_FULL = ["53100"];
const BUSY = ["55P03", "40P01", "40001"];
const NO_CONNECTION: Record<string, string> = {
  "28P01": "the password was refused",
  "28000": "the user was refused",
  "3D000": "the database does not exist",
  "53300": "the server has no free connection",
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host name does not resolve",
  EAI_AGAIN: "the host name does not resolve",
  ETIMEDOUT: "no answer in time",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
};
const LOST = ["57P01", "57P02", "57P03", "08000", "08003", "08006", "ECONNRESET", "EPIPE"];
const LOST_TEXT = /connection terminated|client was closed|not queryable|connection ended/i;

/** While connecting: everything but a UserError is CONNECTION_FAILED. */
export const connectFailure = (thrown: unknown, target: string): unknown => {
  if (thrown instanceof UserError) return thrown;
  const inner = thrown instanceof AggregateError ? thrown.errors.at(0) : thrown;
  const reason =
    NO_CONNECTION[codeOf(inner)] ?? (/timeout/i.test(text(inner)) ? "no answer in time" : "the server could not be reached or refused");
  return new UserError(userError("CONNECTION_FAILED", target, reason).info, { cause: thrown });
};

/** While writing. Messages of the server may quote values and are kept as `cause` only; mistakes of our own pass as they are. */
export const writeFailure = (thrown: unknown, target: string): unknown => {
  if (thrown instanceof UserError) return thrown;
  const code = codeOf(thrown);
  const withCause = (error: UserError): UserError => new UserError(error.info, { cause: thrown });
  if (LOST.includes(code) || LOST_TEXT.test(text(thrown))) return withCause(userError("CONNECTION_LOST", target));
  if (DISK_FULL.includes(code)) return withCause(userError("DISK_FULL", target));
  if (BUSY.includes(code)) return withCause(userError("TARGET_BUSY", target, "another session holds a lock on the tables"));
  const reason = CANNOT_WRITE[code];
  if (reason !== undefined) return withCause(userError("TARGET_READ_ONLY", target, reason));
  return code === "" ? thrown : withCause(userError("TARGET_WRITE_FAILED", target, `the server answers with SQLSTATE ${code}`));
};
