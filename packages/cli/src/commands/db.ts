import { userError } from "@touchstone/core/errors";
import type { Store } from "@touchstone/server/store/database";
import { join } from "node:path";
import { backupName, isFolder, keepNewest, newestBackup } from "../backup-folder.ts";
import { configOf, CONFIG_OPTIONS, withDataFolder } from "../data-folder.ts";
import { counted } from "../formats/words.ts";
import type { Command, Terminal } from "./command.ts";
import { whole } from "./settings.ts";

/** `keep`: backups that stay in a folder; all of them where nobody says. */
type Action = (store: Store, file: string, terminal: Terminal, keep: number | undefined) => Promise<void>;

const BACKUPS_MOST = 10_000;

const ACTIONS: Readonly<Record<string, { needsFile: boolean; run: Action }>> = {
  status: {
    needsFile: false,
    run: async ({ db }, _file, { stdout }) => {
      const { migrationStatus } = await import("@touchstone/server/store/database");
      for (const { name, executedAt } of await migrationStatus(db))
        stdout.write(`${name}  ${executedAt === null ? "still to come" : `since ${executedAt.toISOString()}`}\n`);
    },
  },
  migrate: {
    needsFile: false,
    run: async ({ db }, _file, { stdout }) => {
      const { migrate } = await import("@touchstone/server/store/database");
      const made = await migrate(db);
      stdout.write(made.length === 0 ? "the schema is up to date\n" : made.map((name) => `${name}  done\n`).join(""));
    },
  },
  sums: {
    needsFile: false,
    run: async ({ db }, _file, { stdout }) => {
      const { storeSums } = await import("@touchstone/server/store/sums");
      for (const { table, rows, digest } of await storeSums(db)) stdout.write(`${digest}  ${String(rows).padStart(10)}  ${table}\n`);
    },
  },
  "setup-code": {
    needsFile: false,
    run: async ({ db }, _file, { stdout }) => {
      const { newSetupCode } = await import("@touchstone/server/start");
      const code = await newSetupCode(db);
      if (code === null) throw userError("OBJECT_EXISTS", "administrator", "of this installation");
      stdout.write(`${code}\n`);
    },
  },
  backup: {
    needsFile: true,
    run: async ({ db }, place, { stdout, stderr }, keep) => {
      const { backup, sendBackup } = await import("@touchstone/server/store/backup");
      if (place === "-") {
        const { digest, bytes } = await sendBackup(db, process.stdout);
        // On the other stream, for whoever compares it with what came.
        stderr.write(`${digest}  ${bytes} bytes\n`);
        return;
      }
      const inFolder = await isFolder(place);
      const file = inFolder ? join(place, backupName(new Date())) : place;
      await backup(db, file);
      if (inFolder && keep !== undefined) await keepNewest(place, keep);
      stdout.write(`${file}\n`);
    },
  },
  restore: {
    needsFile: true,
    run: async ({ db }, place, { stdout }) => {
      const file = (await isFolder(place)) ? await newestBackup(place) : place;
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
  summary: "look after the metadata store: status, migrate, sums, setup-code, backup FILE, restore FILE",
  docs:
    "`status` lists the migrations; `migrate` brings the schema up to date; `sums` prints a digest and the number of rows of each table, so that two stores can be compared; `setup-code` makes a new code for the first administrator (each process that starts prints one, and only the last is good); `backup FILE` writes the whole store as one gzip file of JSON lines; `restore FILE` fills an empty store from one. A folder instead of a file: a new backup named for its moment, or the newest there; `backup -` writes it to standard output, and its sum to standard error. " +
    "The store is the one in the data folder, or the server named in DATABASE_URL.",
  options: [
    ...CONFIG_OPTIONS.filter(({ flags }) => flags.startsWith("--data")),
    { flags: "--keep <n>", docs: "backups that stay in the folder; older ones are taken away once the new one is whole" },
  ],
  examples: [
    "touchstone db status",
    "touchstone db backup touchstone-backup.gz",
    "DATABASE_URL=postgres://… touchstone db restore touchstone-backup.gz",
  ],
  run: async ([name = "", file = ""], values, terminal) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    if (action.needsFile && file === "") throw userError("OPTION_INVALID", name, "it is followed by the name of a file");
    const config = configOf(values);
    await withDataFolder(config, async () => {
      const { openStore } = await import("@touchstone/server/store/database");
      const store = await openStore({ url: config.database_url, folder: config.data });
      try {
        await action.run(store, file, terminal, whole(values, "keep", 1, BACKUPS_MOST));
      } finally {
        await store.close();
      }
    });
    return 0;
  },
};
export default command;
