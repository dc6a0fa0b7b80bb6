/**
 * Every error a user can cause: a code, and from typed parameters what happened, why, and what to do.
 * Public text never holds a secret or a value of the data; `cause` keeps the inner error for the debug log only.
 */

import { CLIENT_ERRORS } from "./client-errors.ts";
import { DEPLOY_ERRORS } from "./deploy-errors.ts";
import { error, type ErrorText } from "./error-text.ts";
import { FLEET_ERRORS } from "./fleet-errors.ts";
import { SERVICE_ERRORS } from "./service-errors.ts";
import { SUPPLY_ERRORS } from "./supply-errors.ts";
import { TRANSFER_ERRORS } from "./transfer-errors.ts";

export const ERRORS = {
  ...CLIENT_ERRORS,
  ...DEPLOY_ERRORS,
  ...FLEET_ERRORS,
  ...SERVICE_ERRORS,
  ...SUPPLY_ERRORS,
  ...TRANSFER_ERRORS,
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
    todo: "give the file the ending of its format; what is in another format (.xls or .ods, say) is saved as one of these first",
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
    todo: "free some space, or name another folder: with --temp, or --output where a file is written",
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
