/** Postgres inside this process for fast tests: PGlite behind a socket, so that the real driver and connector are used. */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

export type EmbeddedPostgres = {
  /** Of its only database; one connection at a time works. */
  url: string;
  /** Statements of an administrator, past the read-only session. */
  admin: (sql: string) => Promise<void>;
  stop: () => Promise<void>;
};

/**
 * Starts an empty database, about 2 s. Limits: statements block the event loop while they run, a second connection waits
 * for the first one's transaction, and nothing can be cancelled.
 */
export const startEmbeddedPostgres = async (): Promise<EmbeddedPostgres> => {
  const database = await PGlite.create();
  // Port 0: the system picks a free one.
  const server = new PGLiteSocketServer({ db: database, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await server.start();
  return {
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`,
    admin: async (sql) => {
      await database.exec(sql);
    },
    stop: async () => {
      await server.stop();
      await database.close();
    },
  };
};
