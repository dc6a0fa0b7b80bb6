/** The metadata store of `DATABASE_URL` (or of the data folder), as a transfer moves it. */
import { userError } from "@touchstone/core/errors";
import type { StoreTried } from "@touchstone/deploy/transfer/refused";
import type { MovableStore } from "@touchstone/deploy/transfer/move-out";
import { readConfig, type Config } from "@touchstone/server/config";
import type { Store } from "@touchstone/server/store/database";
import { withDataFolder } from "./data-folder.ts";

const withStore = <T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> =>
  withDataFolder(config, async () => {
    const { migrate, openStore } = await import("@touchstone/server/store/database");
    const store = await openStore({ url: config.database_url, folder: config.data });
    try {
      await migrate(store.db);
      return await work(store);
    } finally {
      await store.close();
    }
  });

type WithStore = <T>(work: (store: Store) => Promise<T>) => Promise<T>;

/** What a move does with a store. It is opened for each, so that nothing is held while others are waited for. */
export const movesOf = (open: WithStore, config: Config): MovableStore => ({
  sums: () => open(async ({ db }) => (await import("@touchstone/server/store/sums")).storeSums(db)),
  backup: (file) => open(async ({ db }) => (await import("@touchstone/server/store/backup")).backup(db, file)),
  restore: (file) =>
    open(async ({ db }) => {
      await (await import("@touchstone/server/store/backup")).restore(db, file);
    }),
  rewrap: (ring) =>
    open(async (store) => {
      const { rotateKeys } = await import("@touchstone/server/auth/rotation");
      await rotateKeys({ config: { ...config, secret_keys: ring }, store, tell: () => undefined });
    }),
});

const WHY_LETTERS_MAX = 200;
const shortened = (why: string): string => why.slice(0, WHY_LETTERS_MAX);

/** Postgres: 28P01 and 28000, whose words these are. */
const REFUSAL = /authentication failed|no pg_hba\.conf entry|role ".*" does not exist|not permitted to log in/;
/** The end of its words where it was asked in the clear, and might let in who asks by TLS. */
const IN_THE_CLEAR = /no encryption|SSL off/;

/** What a store that did not open has said, as a proof of nothing but what it is. */
export const triedOf = (why: string): StoreTried =>
  REFUSAL.test(why) && !IN_THE_CLEAR.test(why) ? { opens: false } : { why: shortened(why) };

/** Whether a store opens with this address and password; what is neither a yes nor a no is told as it is. */
export const tryStore = async (url: string): Promise<StoreTried> => {
  const { openStore } = await import("@touchstone/server/store/database");
  try {
    const store = await openStore({ url, folder: "" });
    await store.close();
    return { opens: true };
  } catch (thrown) {
    return triedOf(thrown instanceof Error ? thrown.message : String(thrown));
  }
};

/** The store that the environment names. Throws OPTION_INVALID where it names none: a move of what nobody meant would be too easy. */
export const namedStore = (env: NodeJS.ProcessEnv): MovableStore => {
  if (!env["DATABASE_URL"] && !env["TOUCHSTONE_DATA"])
    throw userError(
      "OPTION_INVALID",
      "DATABASE_URL",
      "say in the environment which metadata store is meant (or TOUCHSTONE_DATA, an embedded one)",
    );
  const config = readConfig({}, env);
  return movesOf((work) => withStore(config, work), config);
};
