/** A fresh store for a trial: embedded, or a database of its own on the server that TOUCHSTONE_TRIAL_STORE names. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { memoryStore, openStore, type Store } from "./store/database.ts";

const onServer = async (server: string): Promise<Store> => {
  const name = `trial_${randomBytes(6).toString("hex")}`;
  const administrate = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await administrate(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const store = await openStore({ url: url.href, folder: "" });
  return {
    ...store,
    close: async () => {
      await store.close();
      await administrate(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
};

export const trialStore = (): Promise<Store> => {
  const server = process.env["TOUCHSTONE_TRIAL_STORE"];
  return server === undefined || server === "" ? memoryStore() : onServer(server);
};
