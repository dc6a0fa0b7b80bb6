/**
 * Reads the keys of other containers that fields may refer to, and holds the fields against them (existsIn.ts).
 * notExistsIn is not inferred: that two lists have nothing in common today is no reason that they may not tomorrow.
 */
import { UserError } from "@touchstone/core/errors";
import { field } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { Datastore, QueryOptions } from "../connectors/connector.ts";
import { renderExpr } from "../dialects/render.ts";
import { testKind, type Divided, type Tested } from "./backtest.ts";
import { existsIn, isCandidate, type Reference } from "./existsIn.ts";
import type { Level } from "./level.ts";
import { textOf, type Column, type Sample } from "./sample.ts";

/** Pairs of a field and a key that are looked at for one container. */
const PAIRS_MAX = 12;
/** Keys read from a reference; longer ones are left alone. */
const KEYS_MAX = 250_000;
/** Share of the rows of a key that must differ: a few duplicates are errors of the other container. */
const DIFFERING_MIN = 0.99;

export type ReferenceOptions = QueryOptions & {
  now: string;
  /** Containers of the datastore. */
  catalogue: readonly Container[];
};

type Pair = { column: Column; container: Container; key: Field };

const pairsOf = (sample: Sample, catalogue: readonly Container[]): Pair[] => {
  const others = catalogue.filter((container) => container.name !== sample.container);
  return sample.columns
    .flatMap((column) =>
      others.flatMap((container) =>
        container.fields.filter((key) => isCandidate(column, container.name, key)).map((key) => ({ column, container, key })),
      ),
    )
    .slice(0, PAIRS_MAX);
};

/** Distinct values of a key; null when values repeat (then it is no key) or are too many. */
const readKeys = async (datastore: Datastore, container: Container, key: Field, options: ReferenceOptions): Promise<Set<string> | null> => {
  const { relation } = await datastore.open(container, options);
  try {
    const x = renderExpr(field(key.name, key.field_type), { dialect: datastore.session.dialect, now: options.now, alias: "t" });
    const sql = `/* infer: keys of a reference */ SELECT ${x} AS v, count(*) AS n FROM ${relation.from} t WHERE ${x} IS NOT NULL GROUP BY 1 LIMIT ${KEYS_MAX + 1}`;
    const rows = await datastore.session.query(sql, options);
    const all = rows.reduce((sum, row) => sum + Number(row["n"]), 0);
    if (rows.length === 0 || rows.length > KEYS_MAX || rows.length < all * DIFFERING_MIN) return null;
    return new Set(rows.map((row) => textOf(row["v"]) ?? ""));
  } finally {
    await datastore.release(container);
  }
};

/** A container that cannot be read is reported where it is looked at itself. */
const noneIfUnreadable = (thrown: unknown): null => {
  if (thrown instanceof UserError && thrown.info.code !== "ABORTED") return null;
  throw thrown;
};

type Read = Map<Field, Promise<Set<string> | null>>;

/** Keys read in one operation, for all containers that refer to them: they go with the catalogue it began with. */
const readBefore = new WeakMap<readonly Container[], Read>();

const keysOf = (datastore: Datastore, { container, key }: Pair, options: ReferenceOptions): Promise<Set<string> | null> => {
  const read: Read = readBefore.get(options.catalogue) ?? new Map();
  readBefore.set(options.catalogue, read);
  const keys = read.get(key) ?? readKeys(datastore, container, key, options).catch(noneIfUnreadable);
  read.set(key, keys);
  return keys;
};

/** References of a sample to other containers of its datastore. */
export const inferReferences = async (
  datastore: Datastore,
  divided: Divided,
  level: Level,
  options: ReferenceOptions,
): Promise<Tested[]> => {
  const references: Reference[] = [];
  for (const pair of pairsOf(divided.sample, options.catalogue)) {
    const keys = await keysOf(datastore, pair, options);
    if (keys !== null) references.push({ field: pair.column.field.name, container: pair.container.name, key: pair.key.name, keys });
  }
  return references.length === 0 ? [] : testKind(existsIn(references), divided).filter((t) => t.level <= level);
};
