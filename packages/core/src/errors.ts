/**
 * Every error a user can cause: a code, and from typed parameters what happened, why, and what to do.
 * Public text never holds a secret or a value of the data; `cause` keeps the inner error for the debug log only.
 */

import { CLIENT_ERRORS } from "./client-errors.ts";

export type ErrorText = {
  what: string;
  why: string;
  todo: string;
  /** Where the same may go well later: seconds until it is worth a try. */
  retry_after_seconds?: number;
};

/** A dataplane that starts is there within this time; it is also the time between two of its signs of life. */
const DATAPLANE_RETRY_SECONDS = 30;
/** A server of the store that restarts, or a pool of connections that is full. */
const STORE_RETRY_SECONDS = 5;

const error = <const P extends unknown[]>(text: (...parameters: P) => ErrorText) => text;

export const ERRORS = {
  ...CLIENT_ERRORS,
  SOURCE_NOT_FOUND: error((source: string) => ({
    what: `Nothing was found at ${source}`,
    why: "no file, folder or database answers to that name",
    todo: "check the spelling; quote a glob so that the shell leaves it alone",
  })),
  SOURCE_UNREADABLE: error((source: string, reason: string) => ({
    what: `${source} could not be read`,
    why: reason,
    todo: "check that the file is whole and in the format its name says",
  })),
  SOURCE_KIND_UNKNOWN: error((source: string, kinds: string) => ({
    what: `It is not clear how to read ${source}`,
    why: `neither its ending nor its beginning is one of ${kinds}`,
    todo: "give the file the ending of its format; what is in another format (a spreadsheet, say) is saved as one of these first",
  })),
  SOURCE_WITHOUT_CONTAINERS: error((source: string) => ({
    what: `${source} holds nothing to look at`,
    why: "it has no tables, views or files, or this user may see none of them",
    todo: "check the schema named, and the rights of the user",
  })),
  SOURCE_WITHOUT_FILES: error((source: string, files: number, kinds: string) => ({
    what: `${source} holds no data files`,
    why:
      files === 0
        ? "there are no files in it (names that begin with a dot or an underscore are left out)"
        : `none of its ${files} files has one of the endings ${kinds}`,
    todo: "name the folder that holds the data, or a file",
  })),
  SOURCE_EMPTY: error((source: string) => ({
    what: `${source} holds no fields`,
    why: "the file is empty, or has neither a header nor a row",
    todo: "check how the file was written",
  })),
  EXTENSION_MISSING: error((name: string, source: string, folder: string) => ({
    what: `${source} needs the DuckDB extension ${name}, which is not installed`,
    why: "Touchstone installs nothing from the network by itself",
    todo: `put ${name}.duckdb_extension of this engine version into ${folder}, or run: touchstone extensions add FILE`,
  })),
  CONNECTION_FAILED: error((target: string, reason: string) => ({
    what: `No connection to ${target}`,
    why: reason,
    todo: "check host, port, user and network reach; the password is taken from the URL or PGPASSWORD",
  })),
  PERMISSION_DENIED: error((target: string, reason: string) => ({
    what: `The database refused to read ${target}`,
    why: reason,
    todo: "grant SELECT on it to the user of this connection; reading is all that is needed",
  })),
  CONNECTION_LOST: error((target: string) => ({
    what: `${target} went away in the middle of the work`,
    why: "the server closed the connection",
    todo: "run again; finished containers are kept when the same --operation-id is given",
  })),
  QUERY_FAILED: error((target: string, reason: string) => ({
    what: `A query on ${target} failed`,
    why: reason,
    todo: "run with --plan to see the SQL; report it if the check is valid",
  })),
  ENGINE_DIED: error((reason: string) => ({
    what: "The engine process ended unexpectedly",
    why: reason,
    todo: "give it more memory with --memory, or look at fewer rows with --sample",
  })),
  OUT_OF_MEMORY: error((limit: string) => ({
    what: "The engine ran out of memory",
    why: `the limit is ${limit} and the work could not be spilled to disk`,
    todo: "raise --memory, or look at fewer rows with --sample",
  })),
  DISK_FULL: error((folder: string) => ({
    what: `No space is left in ${folder}`,
    why: "the temporary files or results did not fit",
    todo: "free some space, or name another folder with --temp",
  })),
  ABORTED: error(() => ({ what: "The operation was aborted", why: "it was asked to stop", todo: "run it again to go on" })),
  TARGET_READ_ONLY: error((target: string, reason: string) => ({
    what: `Nothing can be written to ${target}`,
    why: reason,
    todo: "choose another --enrich target, or grant CREATE and INSERT there",
  })),
  FILE_UNWRITABLE: error((path: string, reason: string) => ({
    what: `${path} could not be written`,
    why: reason,
    todo: "name another file with --output",
  })),
  TARGET_KIND_UNKNOWN: error((target: string) => ({
    what: `It is not clear how to write to ${target}`,
    why: "an enrichment target is a folder, a .duckdb file or a postgres:// URL",
    todo: "name one of these with --enrich",
  })),
  TARGET_BUSY: error((target: string, who: string) => ({
    what: `Another process is writing to ${target}`,
    why: who,
    todo: "wait until it has ended and run again with the same --operation-id",
  })),
  TARGET_WRITE_FAILED: error((target: string, reason: string) => ({
    what: `The enrichment tables in ${target} could not be written; they are as they were before`,
    why: reason,
    todo: "correct the cause and run again; the same --operation-id replaces what an earlier run wrote",
  })),
  STATE_UNUSABLE: error((file: string, reason: string) => ({
    what: `The state file ${file} cannot be used`,
    why: reason,
    todo: "name another file with --state, or move this one away: the next incremental scan then reads everything once",
  })),
  TARGET_TABLE_FOREIGN: error((table: string, target: string) => ({
    what: `${target} already has a table ${table} that Touchstone did not make`,
    why: "its columns are not those of an enrichment table",
    todo: "choose another prefix with --enrich-prefix",
  })),
  RULE_UNKNOWN: error((rule: string, nearest: string | null) => ({
    what: `There is no rule ${rule}`,
    why: nearest ? `the nearest name is ${nearest}` : "no rule has a name like it",
    todo: "touchstone rules lists them all",
  })),
  RULE_RETIRED: error((rule: string, successor: string) => ({
    what: `The rule ${rule} is retired`,
    why: "it has no direct successor that means the same",
    todo: successor,
  })),
  FIELD_UNKNOWN: error((field: string, container: string, nearest: string | null) => ({
    what: `${container} has no field ${field}`,
    why: nearest ? `the nearest name is ${nearest}` : "no field has a name like it",
    todo: "names are matched exactly, then without regard to case",
  })),
  FIELD_TYPE_WRONG: error((field: string, type: string, rule: string, accepted: string) => ({
    what: `The rule ${rule} cannot be applied to ${field}`,
    why: `the field is ${type}; the rule takes ${accepted}`,
    todo: "choose another rule, or cast the field in satisfiesExpression",
  })),
  FIELDS_COUNT_WRONG: error((rule: string, expected: string, given: number) => ({
    what: `The rule ${rule} takes ${expected}`,
    why: `${given} were given`,
    todo: "correct the list under fields",
  })),
  CONTAINER_UNKNOWN: error((container: string, nearest: string | null) => ({
    what: `There is no container ${container}`,
    why: nearest ? `the nearest name is ${nearest}` : "no container has a name like it",
    todo: "touchstone profile SOURCE lists what a source holds",
  })),
  PROPERTY_INVALID: error((rule: string, property: string, reason: string) => ({
    what: `The property ${property} of ${rule} is not usable`,
    why: reason,
    todo: `touchstone rules ${rule} shows what it takes`,
  })),
  CHECK_INVALID: error((where: string, reason: string) => ({
    what: `${where} is not a valid check`,
    why: reason,
    todo: "the JSON schema is printed by: touchstone schema checks",
  })),
  CHECKS_FILE_INVALID: error((where: string, reason: string) => ({
    what: `${where} cannot be read as checks`,
    why: reason,
    todo: "correct the place named",
  })),
  EXPRESSION_INVALID: error((expression: string, position: number, reason: string) => ({
    what: `The expression does not parse at position ${position}: ${expression}`,
    why: reason,
    todo: "the language is described in docs/expressions.md",
  })),
  VARIABLE_UNKNOWN: error((name: string) => ({
    what: `The check variable {{ ${name} }} has no value`,
    why: "it was not given",
    todo: `give it with --var ${name}=VALUE`,
  })),
  PATTERN_INVALID: error((pattern: string, position: number, reason: string) => ({
    what: `The regular expression ${pattern} is not usable (position ${position})`,
    why: reason,
    todo: "docs/expressions.md lists the portable subset; look-around and back-references are not in it",
  })),
  NOT_SUPPORTED: error((feature: string, engine: string, reason: string) => ({
    what: `${engine} cannot run ${feature}`,
    why: reason,
    todo: "run the check where the engine supports it",
  })),
  OPTION_INVALID: error((option: string, reason: string) => ({
    what: `The option ${option} is not usable`,
    why: reason,
    todo: "see --help",
  })),
  LIMIT_EXCEEDED: error((what: string, limit: string) => ({
    what: `${what} is beyond the limit`,
    why: `the limit is ${limit}`,
    todo: "split the work",
  })),
  CHECK_UNASSERTED: error((reason: string) => ({
    what: "The check could not be judged",
    why: reason,
    todo: "unasserted is not passed: give the check what it needs, or archive it",
  })),
  SCAN_STOPPED: error((check: string) => ({
    what: "The scan of the container stopped because the schema check failed",
    why: `${check} did not hold, so the other checks were not run`,
    todo: "correct the source or the schema check",
  })),
  REQUEST_INVALID: error((place: string, reason: string) => ({
    what: `${place} is not usable`,
    why: reason,
    todo: "the request is described in /api/openapi.json",
  })),
  NOT_SIGNED_IN: error((reason: string) => ({
    what: "This needs a sign-in",
    why: reason,
    todo: "send a token as `Authorization: Bearer …`, or sign in",
  })),
  SIGN_IN_FAILED: error(() => ({
    what: "The sign-in failed",
    why: "there is no such user, the password is another, or the user is disabled",
    todo: "try again, sign in through your identity provider, or ask an administrator",
  })),
  SIGN_IN_REFUSED: error((provider: string, reason: string) => ({
    what: `The sign-in with ${provider} was refused`,
    why: reason,
    todo: "start again from the sign-in page; if it stays so, show this to an administrator",
  })),
  CROSS_SITE_REFUSED: error((reason: string) => ({
    what: "The request came from another site",
    why: reason,
    todo: "send it from a page of this installation, or with a token instead of the session's cookie",
  })),
  PROVIDER_UNUSABLE: error((provider: string, reason: string) => ({
    what: `The identity provider ${provider} cannot be used`,
    why: reason,
    todo: "correct its settings, or what it is set up with on its own side",
  })),
  ADDRESS_REFUSED: error((host: string, reason: string) => ({
    what: `${host} is not asked`,
    why: reason,
    todo: "if it belongs to your own network, name it in TOUCHSTONE_OUTBOUND_ALLOW",
  })),
  NOT_ALLOWED: error((need: string) => ({
    what: "You may not do this",
    why: `it needs ${need}`,
    todo: "ask an administrator, or somebody who may, to do it",
  })),
  OBJECT_UNKNOWN: error((noun: string, id: string) => ({
    what: `There is no ${noun} ${id}`,
    why: "it does not exist, was deleted, or belongs to a team you are not in",
    todo: `list what there is, or ask for access`,
  })),
  OBJECT_EXISTS: error((noun: string, name: string) => ({
    what: `There is a ${noun} ${name} already`,
    why: "names are given once",
    todo: "choose another name, or change the one there is",
  })),
  OBJECT_IN_USE: error((noun: string, name: string, users: string) => ({
    what: `The ${noun} ${name} cannot be taken away`,
    why: `${users} still use it`,
    todo: "take those away first",
  })),
  OBJECT_STATE_WRONG: error((noun: string, name: string, state: string) => ({
    what: `This cannot be done with the ${noun} ${name}`,
    why: state,
    todo: "look at it again: somebody else may have changed it",
  })),
  CHECKS_CHANGED: error((checks: readonly string[], more: number) => ({
    what: "Checks were changed since they were compared",
    why: `nothing was written; changed: ${checks.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    todo: "compare again",
  })),
  FIELDS_IN_USE: error((container: string, fields: string) => ({
    what: `This would drop fields of ${container} that checks or anomalies are about`,
    why: fields,
    todo: "keep them, or say force_drop_fields: their checks are then archived",
  })),
  QUESTION_FAILED: error((what: string, reason: string) => ({
    what,
    why: reason,
    todo: "correct the cause named, and ask again",
  })),
  IDEMPOTENCY_KEY_REUSED: error(() => ({
    what: "The idempotency key belongs to another request",
    why: "under it something else was asked before",
    todo: "give each request a key of its own, and the same one only when it is sent again as it was",
  })),
  ANSWER_NOT_KEPT: error((id: string) => ({
    what: "This was done before, and is not done again",
    why: `what was made has the id ${id}; its answer held a secret, which is shown once and kept nowhere`,
    todo: "if the answer was lost, take that one away and make another under a new key",
  })),
  TOO_MANY_REQUESTS: error((limit: string, waitSeconds: number) => ({
    what: "Too many requests",
    why: `the limit is ${limit}`,
    todo: `wait ${waitSeconds} seconds`,
    retry_after_seconds: waitSeconds,
  })),
  DATAPLANE_ABSENT: error((datastore: string, wanted: string) => ({
    what: `Nothing can be asked of ${datastore} right now`,
    why: `${wanted} is connected`,
    todo: "start one with: touchstone dataplane --server URL --token TOKEN",
    retry_after_seconds: DATAPLANE_RETRY_SECONDS,
  })),
  DATAPLANE_SILENT: error((datastore: string, seconds: number) => ({
    what: `No dataplane answered about ${datastore}`,
    why: `none did within ${seconds} seconds`,
    todo: "try again; the dataplane may be busy, or unable to reach the datastore",
  })),
  UPLOAD_UNUSABLE: error((name: string, reason: string) => ({
    what: `${name} cannot be scanned as rows of this container`,
    why: reason,
    todo: "correct it and send it again: what was sent is kept nowhere",
  })),
  LEASE_LOST: error((reason: string) => ({
    what: "This work is no longer yours",
    why: reason,
    todo: "stop at once and write nothing more: another dataplane has it, or will",
  })),
  SCHEDULE_INVALID: error((cron: string, reason: string) => ({
    what: `The schedule ${cron} is not usable`,
    why: reason,
    todo: "five fields: minute, hour, day of the month, month, day of the week, such as 0 6 * * 1-5, and an IANA time zone",
  })),
  SECRET_UNRESOLVED: error((reference: string, reason: string) => ({
    what: `The secret ${reference} could not be fetched`,
    why: reason,
    todo: "references are resolved where the dataplane runs: check its environment, its files, and its reach to the secrets manager",
  })),
  STORE_LOCKED: error((folder: string, who: string) => ({
    what: `The data folder ${folder} is in use`,
    why: who,
    todo: "stop the other process, or name another folder with --data",
  })),
  STORE_BEHIND: error((migrations: string) => ({
    what: "The schema of the metadata store is older than this program",
    why: `TOUCHSTONE_MIGRATE is never, and nobody made ${migrations}`,
    todo: "run: touchstone db migrate",
  })),
  STORE_UNREACHABLE: error((target: string, reason: string) => ({
    what: `The metadata store at ${target} cannot be used`,
    why: reason,
    todo: "check DATABASE_URL, and that the role owns its database; touchstone doctor tells more",
  })),
  STORE_AWAY: error((request: string) => ({
    what: "The metadata store does not answer right now",
    why: `its server restarts, or has no connection to spare; the log has more under ${request}`,
    todo: "try again in a few seconds",
    retry_after_seconds: STORE_RETRY_SECONDS,
  })),
  BACKUP_UNUSABLE: error((file: string, reason: string) => ({
    what: `The store cannot be restored from ${file}`,
    why: reason,
    todo: "nothing was changed; name a whole backup, and an empty store: touchstone db migrate makes one",
  })),
  SETTING_INVALID: error((name: string, reason: string) => ({
    what: `The setting ${name} is not usable`,
    why: reason,
    todo: "touchstone start --help lists the settings",
  })),
  SECRET_UNREADABLE: error((reason: string) => ({
    what: "A stored secret cannot be opened",
    why: reason,
    todo: "give the key it was sealed with, or enter the secret again",
  })),
  KEY_ROTATION_STOPPED: error((reason: string, todo: string) => ({
    what: "The rotation of keys is not done: the old ones are still needed",
    why: reason,
    todo,
  })),
  INTERNAL: error((reason: string) => ({
    what: "Something in Touchstone went wrong",
    why: reason,
    todo: "please report it with the command you ran",
  })),
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** An error as data: what a report, an API answer and a terminal show. */
export type ErrorInfo = ErrorText & { code: ErrorCode };

export const errorInfo = <C extends ErrorCode>(code: C, ...parameters: Parameters<(typeof ERRORS)[C]>): ErrorInfo => {
  const text = ERRORS[code] as (...p: unknown[]) => ErrorText;
  return { code, ...text(...parameters) };
};

/** An expected failure on its way to the border where it becomes an ErrorInfo. */
export class UserError extends Error {
  readonly info: ErrorInfo;
  constructor(info: ErrorInfo, options?: { cause?: unknown }) {
    super(`${info.what}: ${info.why}`, options);
    this.name = "UserError";
    this.info = info;
  }
}

export const userError = <C extends ErrorCode>(code: C, ...parameters: Parameters<(typeof ERRORS)[C]>): UserError =>
  new UserError(errorInfo(code, ...parameters));

/** Any thrown value as an ErrorInfo; what is not a UserError is our own mistake. */
export const toErrorInfo = (thrown: unknown): ErrorInfo =>
  thrown instanceof UserError ? thrown.info : errorInfo("INTERNAL", thrown instanceof Error ? thrown.message : String(thrown));
