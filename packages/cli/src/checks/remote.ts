/** The checks of a datastore on a server: read, written, retired. */
import type { Client } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import { checks as checkRoutes } from "@touchstone/core/routes/checks";
import { checksAsCode } from "@touchstone/core/routes/checks-as-code";
import { containers as containerRoutes } from "@touchstone/core/routes/containers";
import type { QualityCheck } from "@touchstone/core/model/check";
import { exportForm } from "@touchstone/core/rules/export-form";
import { tryReadCheck } from "@touchstone/core/rules/read";
import { byKey } from "./base-file.ts";
import { keyOf, type Checks } from "./compare.ts";
import { owned } from "./identify.ts";

/** As many as the server exports at once: with so many, some may be missing. */
const EXPORT_MAX = 50_000;
/** Checks in one request: half of what the server takes, so that long ones stay below its limit of bytes. */
const IMPORT_ROWS = 10_000;
const RETIRE_ROWS = 5_000;

export type Scope = { datastore: number; containers: readonly string[] | null };

const containerIds = async (client: Client, { datastore, containers }: Scope): Promise<Map<string, number>> => {
  const all = await client.ask(containerRoutes.listing, { query: { datastore } });
  return new Map(all.filter(({ name }) => containers === null || containers.includes(name)).map(({ id, name }) => [name, id]));
};

/** The checks that are not archived. Throws LIMIT_EXCEEDED when there are more than one answer holds. */
export const remoteChecks = async (client: Client, scope: Scope): Promise<Checks> => {
  const ids = [...(await containerIds(client, scope)).values()];
  if (ids.length === 0) return new Map();
  const container = scope.containers === null ? undefined : ids;
  const forms = await client.ask(checksAsCode.export, { query: { datastore: [scope.datastore], container } });
  if (forms.length >= EXPORT_MAX)
    throw userError("LIMIT_EXCEEDED", "The number of checks of this datastore", `${EXPORT_MAX}; name some containers with -c`);
  return byKey(forms.map((form) => owned(readForm(client, form))));
};

const readForm = (client: Client, form: Record<string, unknown>): QualityCheck => {
  const read = tryReadCheck(form);
  if ("check" in read) return read.check;
  const { what = "", why = "" } = read.problems[0]?.info ?? {};
  throw userError("SERVER_ANSWER_ODD", client.server, `a check it exports is none here: ${what}: ${why}`);
};

const batches = <T>(all: readonly T[], rows: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / rows) }, (_, i) => all.slice(i * rows, (i + 1) * rows));

/** What the server says of each check, in their order. A dry run changes nothing. */
export const importChecks = async (client: Client, { datastore }: Scope, list: readonly QualityCheck[], dryRun: boolean) => {
  const answers = [];
  for (const batch of batches(list, IMPORT_ROWS)) {
    const query = { datastore, dry_run: dryRun };
    answers.push(...(await client.ask(checksAsCode.import, { query, body: batch.map(exportForm) })).items);
  }
  return answers;
};

/** Archives checks by their keys. */
export const retireChecks = async (client: Client, scope: Scope, keys: readonly string[]): Promise<void> => {
  if (keys.length === 0) return;
  const names = new Map([...(await containerIds(client, scope))].map(([name, id]) => [id, name]));
  const lines = await client.ask(checkRoutes.listing, { query: { datastore: [scope.datastore] } });
  const wanted = new Set(keys);
  const ids = lines.flatMap(({ id, uid, container_id }) => (wanted.has(keyOf(names.get(container_id ?? 0) ?? "", uid)) ? [{ id }] : []));
  for (const body of batches(ids, RETIRE_ROWS)) await client.ask(checkRoutes.deleteMany, { body });
};
