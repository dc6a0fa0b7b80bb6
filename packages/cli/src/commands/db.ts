import { userError } from "@touchstone/core/errors";
import type { Store } from "@touchstone/server/store/database";
import { configOf, CONFIG_OPTIONS, withDataFolder } from "../data-folder.ts";
import { counted } from "../formats/words.ts";
import type { Command, Output } from "./command.ts";

type Action = (store: Store, file: string, stdout: Output) => Promise<void>;

const ACTIONS: Readonly<Record<string, { needsFile: boolean; run: Action }>> = {
  status: {
    needsFile: false,
    run: async ({ db }, _file, stdout) => {
      const { migrationStatus } = await import("@touchstone/server/store/database");
      for (const { name, executedAt } of await migrationStatus(db))
        stdout.write(`${name}  ${executedAt === null ? "still to come" : `since ${executedAt.toISOString()}`}\n`);
    },
  },
  migrate: {
    needsFile: false,
    run: async ({ db }, _file, stdout) => {
      const { migrate } = await import("@touchstone/server/store/database");
      const made = await migrate(db);
      stdout.write(made.length === 0 ? "the schema is up to date\n" : made.map((name) => `${name}  done\n`).join(""));
    },
  },
  backup: {
    needsFile: true,
    run: async ({ db }, file, stdout) => {
      const { backup } = await import("@touchstone/server/store/backup");
      await backup(db, file);
      stdout.write(`${file}\n`);
    },
  },
  restore: {
    needsFile: true,
    run: async ({ db }, file, stdout) => {
      const [{ migrate }, { restore }] = await Promise.all([
        import("@touchstone/server/store/database"),
        import("@touchstone/server/store/backup"),
      ]);
      await migrate(db);
      const { rows } = await restore(db, file);
      stdout.write(`${counted(rows, "row")} restored\n`);
    },
  },
};

/** The metadata store of a control plane, worked on while it is stopped (a store on a server: also while it runs, but for restore). */
const command: Command = {
  usage: "db <action> [file]",
  summary: "look after the metadata store: status, migrate, backup FILE, restore FILE",
  docs:
    "`status` lists the migrations; `migrate` brings the schema up to date; `backup FILE` writes the whole store as one gzip file of JSON lines; `restore FILE` fills an empty store from one. " +
    "The store is the one in the data folder, or the server named in DATABASE_URL.",
  options: CONFIG_OPTIONS.filter(({ flags }) => flags.startsWith("--data")),
  examples: [
    "touchstone db status",
    "touchstone db backup touchstone-backup.gz",
    "DATABASE_URL=postgres://… touchstone db restore touchstone-backup.gz",
  ],
  run: async ([name = "", file = ""], values, { stdout }) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    if (action.needsFile && file === "") throw userError("OPTION_INVALID", name, "it is followed by the name of a file");
    const config = configOf(values);
    await withDataFolder(config, async () => {
      const { openStore } = await import("@touchstone/server/store/database");
      const store = await openStore({ url: config.database_url, folder: config.data });
      try {
        await action.run(store, file, stdout);
      } finally {
        await store.close();
      }
    });
    return 0;
  },
};
export default command;
