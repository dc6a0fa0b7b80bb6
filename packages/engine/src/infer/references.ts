/**
 * existsIn: a field whose values are all found in a key of another container of the datastore. Looks at pairs of one type whose
 * names say so (`customer_id` and `customer_id`, or the `id` of `customers`); reads the distinct values of those keys.
 * notExistsIn is not inferred: that two lists have nothing in common today is no reason that they may not tomorrow.
 */
import { field } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { Datastore, QueryOptions } from "../connectors/connector.ts";
import { renderExpr } from "../dialects/render.ts";
import { byFrequency, isHeldOut, textOf, type Column, type Sample } from "./sample.ts";
import { outOf } from "./candidate.ts";
import type { Tested } from "./backtest.ts";

const PAIRS_MAX = 12;
/** Keys read from a reference; longer ones are left alone. */
const KEYS_MAX = 100_000;
const DISTINCT_MIN = 5;
/** Share of the rows that must be found. */
const FOUND_MIN = 0.995;

type Pair = { column: Column; container: Container; key: Field };

const bare = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Whether a name points at a key: the same name, or `customer_id` at `id` of `customers`. */
const pointsAt = (name: string, container: string, key: string): boolean => {
  const [from, table, to] = [bare(name), bare(container), bare(key)];
  if (from === to && from !== "id") return true;
  return [table, table.replace(/s$/, ""), table.replace(/ies$/, "y")].some((stem) => from === stem + to);
};

const pairsOf = (sample: Sample, others: readonly Container[]): Pair[] =>
  sample.columns
    .filter((c) => ["String", "Integral"].includes(c.field.field_type) && byFrequency(c).length >= DISTINCT_MIN)
    .flatMap((column) =>
      others.flatMap((container) =>
        container.fields
          .filter(
            (key) => key.field_type === column.field.field_type && !key.masked && pointsAt(column.field.name, container.name, key.name),
          )
          .map((key) => ({ column, container, key })),
      ),
    )
    .slice(0, PAIRS_MAX);

/** Distinct values of a key; null when values repeat (then it is no key) or are too many. */
const keysOf = async (
  datastore: Datastore,
  container: Container,
  key: Field,
  options: QueryOptions & { now: string },
): Promise<Set<string> | null> => {
  const { relation } = await datastore.open(container, options);
  const x = renderExpr(field(key.name, key.field_type), { dialect: datastore.session.dialect, now: options.now, alias: "t" });
  const sql = `/* infer: keys of a reference */ SELECT ${x} AS v, count(*) AS n FROM ${relation.from} t WHERE ${x} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT ${KEYS_MAX + 1}`;
  const rows = await datastore.session.query(sql, options);
  await datastore.release(container);
  if (rows.length === 0 || rows.length > KEYS_MAX || Number(rows[0]!["n"]) > 1) return null;
  return new Set(rows.map((row) => textOf(row["v"]) ?? ""));
};

const tested = ({ column, container, key }: Pair, keys: ReadonlySet<string>): Tested[] => {
  let [rows, found, heldOut, heldOutFound] = [0, 0, 0, 0];
  column.codes.forEach((code, row) => {
    if (code < 0) return;
    const isFound = keys.has(column.values[code]!) ? 1 : 0;
    rows++;
    found += isFound;
    if (!isHeldOut(row)) return;
    heldOut++;
    heldOutFound += isFound;
  });
  if (rows === 0 || found < rows * FOUND_MIN || heldOutFound < heldOut * FOUND_MIN) return [];
  const candidate = {
    rule_type: "existsIn",
    fields: [column.field.name],
    properties: { ref_container_name: container.name, field_name: key.name },
    coverage: 1,
    why: `${outOf(found, rows)} values of ${column.field.name} are among the ${keys.size} keys ${container.name}.${key.name}`,
    support: found,
    violates: () => false,
    exceptionsMax: 1 - FOUND_MIN,
  };
  return [{ candidate, level: 4, heldOut: { rows: heldOut, passed: heldOutFound }, alerts: null }];
};

/** References of a sample to other containers of its datastore. */
export const inferReferences = async (datastore: Datastore, sample: Sample, options: QueryOptions & { now: string }): Promise<Tested[]> => {
  const { containers } = await datastore.sync(options);
  const found: Tested[] = [];
  for (const pair of pairsOf(
    sample,
    containers.filter((c) => c.name !== sample.container),
  )) {
    const keys = await keysOf(datastore, pair.container, pair.key, options);
    if (keys !== null) found.push(...tested(pair, keys));
  }
  return found;
};
