/** The checks of a datastore on a server: read, written, retired. */
import type { Client } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import { checksAsCode } from "@touchstone/core/routes/checks-as-code";
import { containers as containerRoutes } from "@touchstone/core/routes/containers";
import type { QualityCheck } from "@touchstone/core/model/check";
import { exportForm } from "@touchstone/core/rules/export-form";
import { tryReadCheck } from "@touchstone/core/rules/read";
import { byKey } from "./base-file.ts";
import { partsOfKey, type Checks } from "./compare.ts";
import { owned } from "./identify.ts";

/** As many as the server exports at once: with so many, some may be missing. */
const EXPORT_MAX = 50_000;
/** Checks in one request: half of what the server takes, so that long ones stay below its limit of bytes. */
const IMPORT_ROWS = 10_000;
/** Each comes twice: as it shall be, and as it was. */
const REPLACE_ROWS = 5_000;

export type Scope = { datastore: number; containers: readonly string[] | null };

const containerIds = async (client: Client, { datastore, containers }: Scope): Promise<Map<string, number>> => {
  const all = await client.ask(containerRoutes.listing, { query: { datastore } });
  return new Map(all.filter(({ name }) => containers === null || containers.includes(name)).map(({ id, name }) => [name, id]));
};

/** The checks that are not archived, and the forms in which the server gave them. */
export type Remote = { checks: Checks; forms: ReadonlyMap<string, Record<string, unknown>> };

/** Throws LIMIT_EXCEEDED when there are more than one answer holds. */
export const remoteState = async (client: Client, scope: Scope): Promise<Remote> => {
  const ids = [...(await containerIds(client, scope)).values()];
  if (ids.length === 0) return { checks: new Map(), forms: new Map() };
  const container = scope.containers === null ? undefined : ids;
  const forms = await client.ask(checksAsCode.export, { query: { datastore: [scope.datastore], container } });
  if (forms.length >= EXPORT_MAX)
    throw userError("LIMIT_EXCEEDED", "The number of checks of this datastore", `${EXPORT_MAX}; name some containers with -c`);
  const checks = forms.map((form) => owned(readForm(client, form)));
  return { checks: byKey(checks), forms: new Map(checks.map((check, i) => [[...byKey([check]).keys()][0] ?? "", forms[i] ?? {}])) };
};

export const remoteChecks = async (client: Client, scope: Scope): Promise<Checks> => (await remoteState(client, scope)).checks;

const readForm = (client: Client, form: Record<string, unknown>): QualityCheck => {
  const read = tryReadCheck(form);
  if ("check" in read) return read.check;
  const { what = "", why = "" } = read.problems[0]?.info ?? {};
  throw userError("SERVER_ANSWER_ODD", client.server, `a check it exports is none here: ${what}: ${why}`);
};

const batches = <T>(all: readonly T[], rows: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / rows) }, (_, i) => all.slice(i * rows, (i + 1) * rows));

/** What the server says of each check, in their order; nothing is changed. */
export const tryImport = async (client: Client, { datastore }: Scope, list: readonly QualityCheck[]) => {
  const answers = [];
  for (const batch of batches(list, IMPORT_ROWS)) {
    const query = { datastore, dry_run: true };
    answers.push(...(await client.ask(checksAsCode.import, { query, body: batch.map(exportForm) })).items);
  }
  return answers;
};

export type Replacement = {
  /** Checks to write, by key. */
  sent: readonly (readonly [string, QualityCheck])[];
  /** Keys of checks to archive. */
  retired: readonly string[];
  /** What the server had when it was compared. */
  forms: Remote["forms"];
};

/**
 * Writes and archives, provided that the server's are as they were compared: what the server says of each check written, in their order. What one
 * request holds is done as a whole. Throws CHECKS_CHANGED.
 */
export const replaceChecks = async (client: Client, { datastore }: Scope, { sent, retired, forms }: Replacement) => {
  const answers = [];
  const steps = [...sent.map(([key, check]) => ({ key, check })), ...retired.map((key) => ({ key, check: null }))];
  for (const batch of batches(steps, REPLACE_ROWS)) {
    const body = {
      checks: batch.flatMap(({ check }) => (check === null ? [] : [exportForm(check)])),
      retired: batch.flatMap(({ key, check }) => (check === null ? [partsOfKey(key)] : [])),
      expected: batch.map(({ key }) => ({ ...partsOfKey(key), form: forms.get(key) ?? null })),
    };
    answers.push(...(await client.ask(checksAsCode.replace, { query: { datastore }, body })).items);
  }
  return answers;
};
