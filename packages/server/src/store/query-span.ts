/** A query of the store as a span: what kind it is, and of which table. Its text and its values are not told. */
import type { LogEvent, RootOperationNode } from "kysely";
import type { SpanAsked } from "@touchstone/core/tracing";

const OPERATIONS: Partial<Record<RootOperationNode["kind"], string>> = {
  SelectQueryNode: "SELECT",
  InsertQueryNode: "INSERT",
  UpdateQueryNode: "UPDATE",
  DeleteQueryNode: "DELETE",
};

/** The first table of a query; null for a raw one. */
const tableOf = (node: unknown): string | null => {
  if (node === null || typeof node !== "object" || !("kind" in node)) return null;
  switch (node.kind) {
    case "IdentifierNode":
      return "name" in node && typeof node.name === "string" ? node.name : null;
    case "TableNode":
      return "table" in node ? tableOf(node.table) : null;
    case "SchemableIdentifierNode":
      return "identifier" in node ? tableOf(node.identifier) : null;
    case "AliasNode":
      return "node" in node ? tableOf(node.node) : null;
    case "SelectQueryNode":
    case "DeleteQueryNode":
      return "from" in node ? tableOf(node.from) : null;
    case "FromNode":
      return "froms" in node && Array.isArray(node.froms) ? tableOf(node.froms[0]) : null;
    case "InsertQueryNode":
      return "into" in node ? tableOf(node.into) : null;
    case "UpdateQueryNode":
      return "table" in node ? tableOf(node.table) : null;
    default:
      return null;
  }
};

/** Raw SQL is ours, and begins with what it does. */
const KEYWORDS = /^[\s(]*(SELECT|INSERT|UPDATE|DELETE|WITH|SET|LOCK|CREATE|ALTER|DROP|BEGIN|COMMIT|ROLLBACK)\b/i;

export const querySpan = ({ level, query, queryDurationMillis }: LogEvent): SpanAsked & { seconds: number; failed: boolean } => {
  const operation = OPERATIONS[query.query.kind] ?? KEYWORDS.exec(query.sql)?.[1]?.toUpperCase() ?? "SQL";
  const table = tableOf(query.query);
  return {
    name: table === null ? operation : `${operation} ${table}`,
    kind: "client",
    attributes: {
      "db.system.name": "postgresql",
      "db.operation.name": operation,
      ...(table === null ? {} : { "db.collection.name": table }),
    },
    metric: { name: "db.client.operation.duration", by: ["db.system.name", "db.operation.name", "db.collection.name"] },
    seconds: queryDurationMillis / 1000,
    failed: level === "error",
  };
};
