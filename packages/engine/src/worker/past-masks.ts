/**
 * A computed query sees containers without their masked fields, by names that stand for them (computed.ts). Where a datastore has masked
 * fields, a query that reaches past these names is refused. In DuckDB the engine's own parser tells; in Postgres, where none is at hand, the
 * text: what it cannot see (views and functions of the database itself) is for the database's grants to close, docs/data-at-rest.md.
 */
import { userError, type UserError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { QueryOptions, Session } from "../connectors/connector.ts";

const refusal = (name: string, reason: string): UserError =>
  userError(
    "NOT_SUPPORTED",
    name,
    "Touchstone",
    `${reason}, and the datastore has masked fields: name containers plainly, by their names alone`,
  );

/** Functions that make rows of their arguments alone. */
const HARMLESS = ["range", "generate_series", "unnest", "generate_subscripts", "repeat"];

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

type Node = Readonly<Record<string, unknown>>;

/** Every object of a parsed query. */
const nodesOf = (value: unknown): Node[] => {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (value === null || typeof value !== "object") return [];
  const node: Node = { ...value };
  return [node, ...Object.values(node).flatMap(nodesOf)];
};

const nameIn = (node: Node, key: string): string => {
  const value = node[key];
  return typeof value === "string" ? value : "";
};

const duckdbReason = async (session: Session, query: string, options: QueryOptions): Promise<string | null> => {
  const [row] = await session.query(`SELECT CAST(json_serialize_sql(${text(query)}) AS VARCHAR) AS tree`, options);
  const tree: unknown = JSON.parse(String(row?.["tree"] ?? "null"));
  const nodes = nodesOf(tree);
  const failed = nodes.find((node) => node["error"] === true);
  // What does not parse does not run either: the engine says why. What parses and is no SELECT is not looked into.
  if (failed !== undefined) return nameIn(failed, "error_type") === "parser" ? null : "it is no SELECT";
  const isQualified = (node: Node): boolean => nameIn(node, "schema_name") !== "" || nameIn(node, "catalog_name") !== "";
  const qualified = nodes.find((node) => node["type"] === "BASE_TABLE" && isQualified(node));
  if (qualified !== undefined) return `it names ${nameIn(qualified, "table_name")} with its schema`;
  if (nodes.some((node) => node["type"] === "SHOW_REF")) return "it describes a table";
  const functions = nodes.filter((node) => node["type"] === "TABLE_FUNCTION").map((node) => nodesOf(node["function"])[0] ?? {});
  const strange = functions.find((node) => !HARMLESS.includes(nameIn(node, "function_name")));
  return strange === undefined ? null : `it calls ${nameIn(strange, "function_name") || "a function"}`;
};

/** Ways of Postgres to read a table or a file by a name in a text. */
const READERS = /\b((query|table|cursor|schema|database)_to_xml\w*|dblink\w*|pg_read_\w+|pg_ls_\w+|lo_\w+|query_to_\w+)\s*\(/i;

const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The text is judged as it stands: what could hide a name from it (comments, escaped identifiers) is refused as well. */
export const postgresReason = (query: string, masked: readonly string[]): string | null => {
  if (/--|\/\*/.test(query)) return "it holds a comment";
  if (/\bU&"/i.test(query)) return "it holds an escaped name";
  const reader = READERS.exec(query)?.[1];
  if (reader !== undefined) return `it calls ${reader}`;
  const named = masked.find((name) => new RegExp(`\\.\\s*"?${escaped(name.replaceAll('"', '""'))}(?![\\w$])`, "i").test(query));
  return named === undefined ? null : `it names ${named} with its schema`;
};

/** Throws NOT_SUPPORTED for a query that reaches past the masks of a datastore. */
export const requireWithinMasks = async (
  session: Session,
  name: string,
  query: string,
  containers: readonly Container[],
  options: QueryOptions,
): Promise<void> => {
  const masked = containers.filter(({ fields }) => fields.some((field) => field.masked)).map((container) => container.name);
  if (masked.length === 0) return;
  const reason = session.dialect.name === "duckdb" ? await duckdbReason(session, query, options) : postgresReason(query, masked);
  if (reason !== null) throw refusal(`the query of ${name}`, reason);
};
