/** Folders and DuckDB files for the tests of the targets, read back with an engine of the test's own. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { connectDefaults } from "../connectors/defaults.ts";
import { openDuckdbTarget } from "./duckdb.ts";
import { openFolderTarget } from "./folder.ts";
import type { Ground } from "./target-cases.ts";
import type { TargetOptions } from "./target.ts";

export const targetOptions = (prefix: string, waitMs = 20_000): TargetOptions => ({
  ...connectDefaults({ memory: "500MB", threads: 1, tempFolder: join(tmpdir(), "touchstone-test") }),
  prefix,
  waitMs,
});

export const withEngine = async <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

export const texts = async (connection: DuckDBConnection, sql: string): Promise<(string | null)[][]> => {
  const result = await connection.runAndReadAll(sql);
  return result.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
};

const named = (sql: string, table: (name: string) => string): string => sql.replaceAll(/\{(\w+)\}/g, (_, name: string) => table(name));

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "touchstone-enrichment-"));

/** How the documentation tells readers to read a table of a folder. */
export const parquet = (folder: string, table: string): string => `read_parquet('${folder}/${table}/*.parquet', union_by_name = true)`;

export const folderGround = async (): Promise<Ground> => {
  const parent = newFolder();
  const folder = join(parent, "it's [a] folder");
  return {
    open: (prefix) => openFolderTarget(folder, targetOptions(prefix)),
    // The reading engine takes brackets as a pattern.
    read: (sql) =>
      withEngine((connection) =>
        texts(
          connection,
          named(sql, (table) => parquet(folder.replaceAll("'", "''").replaceAll("[", "[[]"), table)),
        ),
      ),
    makeForeign: async (table) => {
      mkdirSync(join(folder, table), { recursive: true });
      await withEngine((connection) =>
        connection.run(`COPY (SELECT 1 AS x) TO '${join(folder, table).replaceAll("'", "''")}/run-0.parquet' (FORMAT parquet)`),
      );
    },
    dropColumn: (table, column) =>
      withEngine(async (connection) => {
        const file = `${join(folder, table).replaceAll("'", "''")}/run-1.parquet`;
        await connection.run(`CREATE TABLE kept AS SELECT * EXCLUDE (${column}) FROM read_parquet('${file.replaceAll("[", "[[]")}')`);
        await connection.run(`COPY kept TO '${file}' (FORMAT parquet)`);
      }),
    close: async () => rmSync(parent, { recursive: true, force: true }),
  };
};

export const duckdbGround = async (): Promise<Ground> => {
  const parent = newFolder();
  const file = join(parent, "it's a store.duckdb");
  const attached = <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    withEngine(async (connection) => {
      await connection.run(`ATTACH '${file.replaceAll("'", "''")}' AS store`);
      const result = await work(connection);
      await connection.run("DETACH store");
      return result;
    });
  return {
    open: (prefix) => openDuckdbTarget(file, targetOptions(prefix)),
    read: (sql) =>
      attached((connection) =>
        texts(
          connection,
          named(sql, (table) => `store."${table}"`),
        ),
      ),
    makeForeign: async (table) => {
      await attached((connection) => connection.run(`CREATE OR REPLACE TABLE store."${table}" AS SELECT 1 AS x`));
    },
    dropColumn: async (table, column) => {
      await attached((connection) => connection.run(`ALTER TABLE store."${table}" DROP COLUMN ${column}`));
    },
    close: async () => {
      if (existsSync(parent)) rmSync(parent, { recursive: true, force: true });
    },
  };
};
