/**
 * Computed containers: what a user's query makes of others, opened as if it were a table. The text is the engine's own SQL, so it runs
 * only as a subquery, in a session that reads this datastore and nothing else. It sees containers under their names, without their masked fields.
 */
import { userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { WorkContainer } from "@touchstone/core/model/dataplane";
import type { Field } from "@touchstone/core/model/field";
import type { Datastore, OpenOptions, QueryOptions, QueryView, Relation } from "../connectors/connector.ts";
import { planOf, type Definition, type Part, type Plan } from "./computed-sql.ts";
import { gather } from "./gathered.ts";
import type { EngineSettings } from "./operation.ts";
import { requireWithinMasks } from "./past-masks.ts";

export const isComputed = ({ container_type }: Pick<WorkContainer, "container_type">): boolean => container_type.startsWith("computed_");

/** Where containers are found: the datastore of the work, and others by their names. */
export type Reachable = { datastore: Datastore; others: Readonly<Record<string, Datastore>>; settings: EngineSettings };

/** A query of the user, open. `datastore` is where it runs; an engine that was made for it is to be closed. */
export type Computed = QueryView & { datastore: Datastore; close: () => Promise<void> };

/** A container that a query reads. */
type Source = { as: string; datastore: Datastore; container: Container; relation: Relation; close: () => Promise<void> };

const visible = ({ fields }: Container): Field[] => fields.filter(({ masked }) => !masked);

/** Whether a text may mean a container: its name stands in it. */
const mentions = (query: string, name: string): boolean => query.toLowerCase().includes(name.toLowerCase());

const nothing = (): Promise<void> => Promise.resolve();

const opened = async (as: string, datastore: Datastore, container: Container, options: QueryOptions): Promise<Source> => {
  const { relation } = await datastore.open(container, options);
  return { as, datastore, container, relation, close: () => datastore.release(container) };
};

/** Containers of the datastore that a query may mean. */
async function* mentioned(own: Datastore, query: string, options: QueryOptions): AsyncIterable<Source> {
  const { containers } = await own.sync(options);
  for (const container of containers.filter(({ name }) => mentions(query, name))) yield opened(container.name, own, container, options);
}

const openPart = async (at: Reachable, as: string, part: Part, options: QueryOptions): Promise<Source> => {
  const datastore = part.datastore === null ? at.datastore : at.others[part.datastore];
  if (datastore === undefined) throw userError("OBJECT_UNKNOWN", "datastore", part.datastore ?? "");
  if (isComputed(part)) return { as, ...(await openComputed(at, part, options, datastore)) };
  const container = (await datastore.sync(options)).containers.find(({ name }) => name === part.name);
  if (container === undefined) throw userError("CONTAINER_UNKNOWN", part.name, null);
  return opened(as, datastore, container, options);
};

const sideOf = ({ as, container }: Source) => ({ as, fields: visible(container).map(({ name }) => name) });

/** The sources under their names, and the query over them. */
const withSources = (query: string, sources: readonly Source[], { session: { dialect } }: Datastore): string => {
  const materialized = dialect.name === "postgres" ? "NOT MATERIALIZED " : "";
  const named = sources.map(({ as, container, relation }) => {
    const fields = visible(container).map(({ name }) => dialect.quote(name));
    return `${dialect.quote(as)} AS ${materialized}(SELECT ${fields.join(", ") || "1 AS nothing"} FROM ${relation.from})`;
  });
  return `${named.length === 0 ? "" : `WITH ${named.join(", ")} `}SELECT * FROM (\n${query}\n) AS ${dialect.quote("computed")}`;
};

type Meeting = { datastore: Datastore; sources: readonly Source[]; close: () => Promise<void> };

/** Where the sources can be read together: their own datastore, or an engine into which they are copied. */
const meetingOf = async (
  sources: readonly Source[],
  name: string,
  own: Datastore,
  settings: EngineSettings,
  options: QueryOptions,
): Promise<Meeting> => {
  const home = sources[0]?.datastore ?? own;
  if (sources.every(({ datastore }) => datastore === home)) return { datastore: home, sources, close: nothing };
  const parts = sources.map((source) => ({ ...source, fields: visible(source.container) }));
  const gathered = await gather(parts, `parts of ${name}`, settings, options);
  const copies = sources.map((source) => ({
    ...source,
    relation: { ...source.relation, from: `memory.main.${gathered.session.dialect.quote(source.as)}` },
  }));
  return { datastore: gathered, sources: copies, close: () => gathered.close() };
};

/** Opens a computed container, or a sample of it. Throws NOT_SUPPORTED, QUERY_FAILED with the engine's reason, CONTAINER_UNKNOWN, LIMIT_EXCEEDED. */
export const openComputed = async (
  at: Reachable,
  definition: Definition,
  options: OpenOptions,
  /** The datastore it belongs to, whose containers a query may name. */
  own: Datastore = at.datastore,
): Promise<Computed> => {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.toReversed()) await one();
  };
  const during: QueryOptions = { signal: options.signal };
  try {
    const plan = planOf(definition);
    const sources: Source[] = [];
    for await (const source of sourcesOf(at, own, plan, during)) {
      sources.push(source);
      closing.push(source.close);
    }
    const meeting = await meetingOf(sources, definition.name, own, at.settings, during);
    closing.push(meeting.close);
    const { datastore } = meeting;
    const query = plan.query(sources.map(sideOf), datastore.session.dialect.quote);
    await requireWithinMasks(datastore.session, definition.name, query, (await datastore.sync(during)).containers, during);
    return { ...(await datastore.view(definition.name, withSources(query, meeting.sources, datastore), options)), datastore, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};

async function* sourcesOf(at: Reachable, own: Datastore, plan: Plan, options: QueryOptions): AsyncIterable<Source> {
  if (plan.named === null) yield* mentioned(own, plan.query([], own.session.dialect.quote), options);
  else for (const { as, part } of plan.named) yield openPart(at, as, part, options);
}
