/** The engines the suite compares: each a read-only session and a way to make tables behind its back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "../connectors/connector.ts";
import { connectDefaults, makeTempFolder } from "../connectors/defaults.ts";
import { parsePostgres } from "../connectors/postgres/config.ts";
import { postgresConnector } from "../connectors/postgres/index.ts";
import { DIALECTS, type DialectName } from "../dialects/index.ts";
import { openSlot } from "../slot/slot.ts";

export type Engine = {
  /** As tests name it. */
  name: string;
  dialect: DialectName;
  session: Session;
  close: () => Promise<void>;
};

const DUCKDB_MEMORY = "500MB";

export const openDuckdb = async (): Promise<Engine> => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-conformance-"));
  const slot = await openSlot(
    {
      memory: DUCKDB_MEMORY,
      threads: 1,
      tempFolder: makeTempFolder(folder),
      tempBytesMax: 1e9,
      target: "conformance",
      setup: [],
      allowedPaths: [],
      allowedDirectories: [],
      extensionFolder: join(folder, "extensions"),
    },
    DIALECTS.duckdb,
  );
  const close = async (): Promise<void> => {
    await slot.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { name: "DuckDB", dialect: "duckdb", session: slot.session, close };
};

export const openPostgres = async (name: string, url: string, stop: () => Promise<void>): Promise<Engine> => {
  const config = parsePostgres(url);
  if (config === null) throw new Error(`${url} is no Postgres URL`);
  const datastore = await postgresConnector.connect(config, connectDefaults());
  const close = async (): Promise<void> => {
    await datastore.close();
    await stop();
  };
  return { name, dialect: "postgres", session: datastore.session, close };
};
