/** SQLSTATE codes and socket errors in words for the user. Values the server quotes stay in `cause`. */
import { UserError, userError } from "@touchstone/core/errors";

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");
const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSED: Record<string, string> = {
  "28P01": "the password was refused",
  "28000": "the user was refused",
  "3D000": "the database does not exist",
  "53300": "the server has no free connection",
  "57P03": "the server is starting or stopping",
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host name does not resolve",
  EAI_AGAIN: "the host name does not resolve",
  ETIMEDOUT: "no answer in time",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ECONNRESET: "the connection was closed at once",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by a known authority; name one with sslrootcert",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by a known authority; name one with sslrootcert",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by a known authority; name one with sslrootcert",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
};
const LOST = ["57P01", "57P02", "57P03", "08000", "08003", "08006", "ECONNRESET", "EPIPE", "ETIMEDOUT"];
const LOST_TEXT = /connection terminated|client was closed|not queryable|connection ended|Connection lost/i;
const CANCELLED = "57014";

/** Classes whose messages name identifiers and limits but quote no values. */
const SAFE_MESSAGES = /^(42|0A|53|54|3F|55|25)/;

const VALUE_FAILURES: Record<string, string> = {
  "22003": "a number is out of the range of its type",
  "22008": "a date or time is out of range",
  "22P02": "a text does not denote a value of the type it is cast to",
  "22007": "a text does not denote a date or time",
  "22012": "a division by zero",
};

const withCause = (error: UserError, thrown: unknown): UserError => new UserError(error.info, { cause: thrown });

/** While connecting: CONNECTION_FAILED. */
export const connectFailure = (thrown: unknown, target: string): UserError => {
  if (thrown instanceof UserError) return thrown;
  const inner: unknown = thrown instanceof AggregateError ? thrown.errors.at(0) : thrown;
  const timedOut = /timeout|timed out/i.test(textOf(inner)) ? "no answer in time" : null;
  const withoutPassword = /password must be a string/.test(textOf(inner)) ? "the server asks for a password and none was given" : null;
  const withoutSsl = /does not support SSL/.test(textOf(inner)) ? "the server does not offer encryption" : null;
  const reason = REFUSED[codeOf(inner)] ?? timedOut ?? withoutPassword ?? withoutSsl ?? "the server could not be reached or refused";
  return withCause(userError("CONNECTION_FAILED", target, reason), thrown);
};

export const isLost = (thrown: unknown): boolean => LOST.includes(codeOf(thrown)) || LOST_TEXT.test(textOf(thrown));

/** While a statement runs. */
export const queryFailure = (thrown: unknown, target: string, aborted: boolean): UserError => {
  if (thrown instanceof UserError) return thrown;
  const code = codeOf(thrown);
  if (aborted && code === CANCELLED) return userError("ABORTED");
  if (isLost(thrown)) return withCause(userError("CONNECTION_LOST", target), thrown);
  if (code === "42501") return withCause(userError("PERMISSION_DENIED", target, textOf(thrown)), thrown);
  if (code === "53100") return withCause(userError("DISK_FULL", `the server of ${target}`), thrown);
  if (code === CANCELLED)
    return withCause(userError("QUERY_FAILED", target, "the server cancelled it (a time limit or an administrator)"), thrown);
  const reason = SAFE_MESSAGES.test(code) ? textOf(thrown) : (VALUE_FAILURES[code] ?? "the server refused it");
  return withCause(userError("QUERY_FAILED", target, code === "" ? reason : `${reason} (SQLSTATE ${code})`), thrown);
};
