import { userError } from "@touchstone/core/errors";
import type { RotationStep } from "@touchstone/server/auth/rotation";
import type { Config } from "@touchstone/server/config";
import type { Store } from "@touchstone/server/store/database";
import { configOf, CONFIG_OPTIONS, withDataFolder } from "../data-folder.ts";
import { counted } from "../formats/words.ts";
import type { Command, Output, Terminal } from "./command.ts";

const textOf = (told: RotationStep): string => {
  switch (told.step) {
    case "new key":
      return `the new key ${told.id} is in the data folder`;
    case "wrapped anew":
      return `${told.secrets} of ${counted(told.of, "secret")} wrapped anew`;
    case "everything is sealed with":
      return `everything is sealed with ${told.id}`;
    case "old keys taken out":
      return `taken out of the data folder: ${told.ids.join(", ")}`;
    case "old keys not needed":
      return `nothing in the store needs ${told.ids.join(", ")} any more: take it out of TOUCHSTONE_SECRET_KEYS`;
  }
};

const withStore = (config: Config, work: (store: Store) => Promise<void>): Promise<void> =>
  withDataFolder(config, async () => {
    const { migrate, openStore } = await import("@touchstone/server/store/database");
    const store = await openStore({ url: config.database_url, folder: config.data });
    try {
      await migrate(store.db);
      await work(store);
    } finally {
      await store.close();
    }
  });

const rotate = (config: Config, { stdout, signal }: Terminal): Promise<void> =>
  withStore(config, async (store) => {
    const { rotateKeys } = await import("@touchstone/server/auth/rotation");
    await rotateKeys({ config, store, signal, tell: (told) => void stdout.write(`${textOf(told)}\n`) });
  });

const status = (config: Config, { stdout }: Terminal): Promise<void> =>
  withStore(config, async ({ db }) => {
    const [{ keyStates }, { readRing }, { liveReplicas }] = await Promise.all([
      import("@touchstone/server/auth/rotation"),
      import("@touchstone/server/keys"),
      import("@touchstone/server/store/replicas"),
    ]);
    const { ring } = await readRing(config);
    for (const { id, use, secrets } of await keyStates(db, ring)) stdout.write(`${id}  ${use}  ${counted(secrets, "secret")}\n`);
    for (const { host, keyIds, sealsWith } of await liveReplicas(db))
      stdout.write(`${host}  has ${keyIds.join(", ")}, seals with ${sealsWith}\n`);
  });

/** Nothing is opened for it, so that it can be made where there is no store. */
const fresh = async (config: Config, { stdout }: { stdout: Output }): Promise<void> => {
  const [{ newKey, readKeyRing }, { nextKeyId }] = await Promise.all([
    import("@touchstone/server/auth/seal"),
    import("@touchstone/server/auth/rotation"),
  ]);
  const known = config.secret_keys === null ? [] : readKeyRing(config.secret_keys).keys.keys();
  stdout.write(`${newKey(nextKeyId(known))}\n`);
};

const ACTIONS: Readonly<Record<string, (config: Config, terminal: Terminal) => Promise<void>>> = { status, rotate, new: fresh };

/** The keys that seal stored secrets, worked on while the control plane is stopped (over a store on a server: while it runs). */
const command: Command = {
  usage: "keys <action>",
  summary: "look after the keys that seal stored secrets: status, rotate, new",
  docs:
    "`status` lists the keys and how many secrets each has sealed; `rotate` moves every stored secret to a new key and takes the old one away when nothing needs it: it may be killed at any point, and goes on when it " +
    "is called again. Keys of TOUCHSTONE_SECRET_KEYS are yours to change: `new` prints one for it, which every replica is given behind the old one, then before it; then `rotate` moves the secrets.",
  options: CONFIG_OPTIONS.filter(({ flags }) => flags.startsWith("--data")),
  examples: [
    "touchstone keys rotate",
    "touchstone keys new",
    "DATABASE_URL=postgres://… TOUCHSTONE_SECRET_KEYS=k2:…,k1:… touchstone keys rotate",
  ],
  run: async ([name = ""], values, terminal) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    await action(configOf(values), terminal);
    return 0;
  },
};
export default command;
