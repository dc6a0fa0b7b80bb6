/**
 * A table to scan, as a file and in Postgres, and tasks on it written by hand, so that no rule is in the way. Files have
 * row ids and numbers, tables of Postgres have neither: the two ways of capturing.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aggregate, field, gt, num } from "@touchstone/core/expr/expr";
import type { Expr, FieldRef } from "@touchstone/core/expr/expr";
import { QualityCheck } from "@touchstone/core/model/check";
import type { Container } from "@touchstone/core/model/container";
import { fails, holds } from "@touchstone/core/rules/rule";
import { startEmbeddedPostgres } from "../conformance/embedded-postgres.ts";
import type { Datastore } from "../connectors/connector.ts";
import { connect } from "../connectors/index.ts";
import { runTasks } from "./run.ts";
import type { RunOptions, TaskFindings } from "./run.ts";
import type { Task, TaskBody } from "./task.ts";

export const ROWS = 1000;

/** id 1..1000, amount = id % 100 (NULL every 250th), kind a..d, a day of January, code = x and id % 300. */
export const LINES: readonly string[] = Array.from({ length: ROWS }, (_, i) => {
  const id = i + 1;
  return `${id},${id % 250 === 0 ? "" : id % 100},${"abcd"[id % 4]},2024-01-${String((id % 28) + 1).padStart(2, "0")},x${id % 300}`;
});

export type Engine = "files" | "postgres";

export type Orders = {
  datastores: Partial<Record<Engine, Datastore>>;
  /** The container of that name (orders or kinds), its new rows marked by id. */
  container: (engine: Engine, name?: string) => Container;
  scan: (tasks: readonly Task[], options?: Partial<RunOptions>, engine?: Engine) => Promise<TaskFindings>;
  close: () => Promise<void>;
};

const ofLine = (line: string): string => {
  const [id, amount, kind, day, code] = line.split(",");
  return `(${id}, ${amount || "NULL"}, '${kind}', '${day}', '${code}')`;
};

/** Makes the tables and connects to them. */
export const openOrders = async (engines: readonly Engine[]): Promise<Orders> => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-scan-"));
  writeFileSync(join(folder, "orders.csv"), `id,amount,kind,day,code\n${LINES.join("\n")}\n`);
  writeFileSync(join(folder, "kinds.csv"), "kind,label\na,A\nb,B\nc,\n");
  const server = engines.includes("postgres") ? await startEmbeddedPostgres() : null;
  await server?.admin(
    `CREATE TABLE orders (id int PRIMARY KEY, amount int, kind text, day date, code text); INSERT INTO orders VALUES ${LINES.map(ofLine).join(", ")};
     CREATE TABLE kinds (kind text, label text); INSERT INTO kinds VALUES ('a', 'A'), ('b', 'B'), ('c', NULL)`,
  );
  const datastores: Orders["datastores"] = { files: await connect([join(folder, "orders.csv"), join(folder, "kinds.csv")]) };
  if (server) datastores.postgres = await connect([server.url]);
  const containers = new Map<string, Container>();
  for (const [engine, datastore] of Object.entries(datastores))
    for (const container of (await datastore.sync()).containers)
      containers.set(`${engine} ${container.name}`, { ...container, incremental_field: "id" });
  const containerOf: Orders["container"] = (engine, name = "orders") => containers.get(`${engine} ${name}`)!;
  return {
    datastores,
    container: containerOf,
    scan: async (tasks, options = {}, engine = "files") => {
      const datastore = datastores[engine]!;
      const { relation } = await datastore.open(containerOf(engine));
      return runTasks(datastore, containerOf(engine), relation, tasks, { ...OPTIONS, ...options });
    },
    close: async () => {
      for (const datastore of Object.values(datastores)) await datastore.close();
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export const id = field("id", "Integral");
export const amount = field("amount", "Integral");
export const kind = field("kind", "String");
export const code = field("code", "String");

let number = 0;
export const task = (body: TaskBody, more: Partial<Task> = {}): Task => {
  const uid = more.uid ?? `t${++number}`;
  return {
    uid,
    check: QualityCheck.parse({ rule_type: "any", container: "orders" }),
    sentence: "it holds",
    fields: ["amount"],
    filter: null,
    scope: body.kind === "row" ? "slice" : "whole",
    coverage: null,
    measure: null,
    body,
    ...more,
  };
};
export const row = (violates: Expr, more: Partial<Task> = {}) => task({ kind: "row", violates }, more);
export const metric = (value: Expr, more: Partial<Task> = {}) =>
  task({ kind: "aggregate", metrics: { value }, reference: null, judge: (m) => fails("measured", 1, m["value"]) }, more);
export const groups = (by: FieldRef[], more: Partial<Task> = {}) =>
  task(
    {
      kind: "groups",
      by,
      dropNulls: true,
      metrics: { duplicated: aggregate("sum", when1(gt(field("rows", "Integral"), num(1)), field("rows", "Integral"))) },
      judge: (m) => (Number(m["duplicated"] ?? 0) > 0 ? fails("duplicates", Number(m["duplicated"])) : holds()),
      offending: gt(field("rows", "Integral"), num(1)),
    },
    more,
  );
const when1 = (condition: Expr, then: Expr): Expr => ({ kind: "case", whens: [{ when: condition, then }], otherwise: null });
export const member = (operand: Expr, filter: Expr | null = null, name = "kinds"): Expr => ({
  kind: "member",
  operands: [operand],
  of: { datastore: null, container: name, fields: ["kind"], filter },
});

export const OPTIONS: RunOptions = {
  now: "2024-06-01T00:00:00Z",
  recordsMax: 3,
  examplesMax: 2,
  since: null,
  sampled: false,
  references: {},
  signal: undefined,
  onFraction: () => undefined,
};
