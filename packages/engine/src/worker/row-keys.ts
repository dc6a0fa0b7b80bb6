/**
 * Rows by a digest of their key: so that an incremental scan can tell of which anomalies it has seen the row again, and nobody has to keep the
 * key. A container without a key that its source declares has none, unless its settings name the field that tells its lines apart.
 */
import { createHash } from "node:crypto";
import { gt } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import type { WorkContainer } from "@touchstone/core/model/dataplane";
import type { ShownValue } from "@touchstone/core/model/profile";
import { renderExpr } from "../dialects/render.ts";
import { sinceLiteral } from "../operations/scan.ts";
import { incrementalField } from "../scan/run.ts";
import { shown } from "../scan/shown.ts";
import type { OpenedContainer } from "./operation.ts";

/** New rows whose keys are looked at; of a larger slice nothing is said. */
const ROWS_MAX = 1_000_000;
const BATCH_ROWS = 10_000;

/** The key's fields; null where there are none, or one may not be seen. */
const keyFields = ({ keys, fields }: Container, { settings }: Pick<WorkContainer, "settings">): string[] | null => {
  const line = settings["line_identifier_field"];
  const names = keys[0] ?? (typeof line === "string" ? [line] : []);
  const isUsable = names.length > 0 && names.every((name) => fields.some((field) => field.name === name && !field.masked));
  return isUsable ? names : null;
};

const textOf = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

const digest = (containerId: number, values: readonly unknown[]): string | null =>
  values.some((value) => value === null || value === undefined)
    ? null
    : createHash("sha256")
        .update(JSON.stringify([containerId, ...values.map(textOf)]))
        .digest("base64url");

/** The digest of a record's key; null where it has none. */
export const keyOf = (
  { container, known }: Pick<OpenedContainer, "container" | "known">,
  record: Readonly<Record<string, unknown>> | null,
) => {
  const names = record === null ? null : keyFields(container, known);
  return names === null
    ? null
    : digest(
        known.id,
        names.map((name) => record![name]),
      );
};

/** Those of the keys that are among the new rows. */
export const seenKeys = async (
  { container, known, relation, datastore }: OpenedContainer,
  since: Exclude<ShownValue, null>,
  signal: AbortSignal,
): Promise<string[]> => {
  const names = keyFields(container, known);
  const grows = incrementalField(container);
  const after = sinceLiteral(container, since);
  if (names === null || grows === null || after === null || known.open_keys.length === 0) return [];
  const { dialect } = datastore.session;
  const where = renderExpr(gt(grows, after), { dialect, now: new Date().toISOString() });
  const columns = names.map((name) => dialect.quote(name)).join(", ");
  const wanted = new Set(known.open_keys);
  const seen = new Set<string>();
  let rows = 0;
  for await (const batch of datastore.session.stream(`SELECT ${columns} FROM ${relation.from} WHERE ${where}`, BATCH_ROWS, { signal })) {
    rows += batch.length;
    if (rows > ROWS_MAX) return [];
    for (const row of batch) {
      const key = digest(
        known.id,
        names.map((name) => shown(row[name] ?? null)),
      );
      if (key !== null && wanted.has(key)) seen.add(key);
    }
  }
  return [...seen];
};
