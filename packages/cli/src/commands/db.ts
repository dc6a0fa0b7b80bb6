import { userError } from "@touchstone/core/errors";
import type { Store } from "@touchstone/server/store/database";
import { backupPlace, type BackupPlace } from "../backup-place.ts";
import { configOf, CONFIG_OPTIONS, withDataFolder } from "../data-folder.ts";
import { count, counted } from "../formats/words.ts";
import { text, type Command, type Output, type Values } from "./command.ts";
import { whole } from "./settings.ts";

/** What is done with the store. */
type OnStore = (store: Store, stdout: Output) => Promise<void>;
/** What is done with a place of backups and the store; `keep`: backups that stay there, all of them where nobody says. */
type OnBoth = (store: Store, place: BackupPlace, stdout: Output, keep: number | undefined) => Promise<void>;
/** What is done with a place alone: the store is not opened. */
type OnPlace = (place: BackupPlace, stdout: Output) => Promise<void>;
type Action = { on: "store"; run: OnStore } | { on: "both"; run: OnBoth } | { on: "place"; run: OnPlace };

const BACKUPS_MOST = 10_000;

const ACTIONS: Readonly<Record<string, Action>> = {
  status: {
    on: "store",
    run: async ({ db }, stdout) => {
      const { migrationStatus } = await import("@touchstone/server/store/database");
      for (const { name, executedAt } of await migrationStatus(db))
        stdout.write(`${name}  ${executedAt === null ? "still to come" : `since ${executedAt.toISOString()}`}\n`);
    },
  },
  migrate: {
    on: "store",
    run: async ({ db }, stdout) => {
      const { migrate } = await import("@touchstone/server/store/database");
      const made = await migrate(db);
      stdout.write(made.length === 0 ? "the schema is up to date\n" : made.map((name) => `${name}  done\n`).join(""));
    },
  },
  sums: {
    on: "store",
    run: async ({ db }, stdout) => {
      const { storeSums } = await import("@touchstone/server/store/sums");
      for (const { table, rows, digest } of await storeSums(db)) stdout.write(`${digest}  ${String(rows).padStart(10)}  ${table}\n`);
    },
  },
  "setup-code": {
    on: "store",
    run: async ({ db }, stdout) => {
      const { newSetupCode } = await import("@touchstone/server/start");
      const code = await newSetupCode(db);
      if (code === null) throw userError("OBJECT_EXISTS", "administrator", "of this installation");
      stdout.write(`${code}\n`);
    },
  },
  backup: { on: "both", run: async ({ db }, place, stdout, keep) => void stdout.write(`${await place.backUp(db, keep)}\n`) },
  restore: {
    on: "both",
    run: async ({ db }, place, stdout) => {
      const [{ migrate }, { restoreFrom }] = await Promise.all([
        import("@touchstone/server/store/database"),
        import("@touchstone/server/store/backup"),
      ]);
      const { where, pieces } = await place.open();
      await migrate(db);
      const { rows } = await restoreFrom(db, pieces, where);
      stdout.write(`${counted(rows, "row")} restored\n`);
    },
  },
  backups: {
    on: "place",
    run: async (place, stdout) => {
      const listed = await place.list();
      if (listed.length === 0) stdout.write("there is no backup there\n");
      for (const { name, bytes, isWhole } of listed)
        stdout.write(
          `${name}  ${count(bytes).padStart(15)} bytes${isWhole ? "" : "  unfinished: it has no sum, and is not restored from"}\n`,
        );
    },
  },
  verify: {
    on: "place",
    run: async (place, stdout) => {
      const { readThrough } = await import("@touchstone/server/store/backup");
      const { where, pieces } = await place.open();
      const { rows, tables } = await readThrough(pieces, where);
      stdout.write(`${where}  whole: ${counted(rows, "row")} of ${counted(tables, "table")}\n`);
    },
  },
};

const withStore = async (values: Values, work: (store: Store) => Promise<void>): Promise<void> => {
  const config = configOf(values);
  await withDataFolder(config, async () => {
    const { openStore } = await import("@touchstone/server/store/database");
    const store = await openStore({ url: config.database_url, folder: config.data });
    try {
      await work(store);
    } finally {
      await store.close();
    }
  });
};

/** What stands for a place that is the other end of a pipe. */
const STANDARD_OUTPUT = "-";

const sent = async (db: Store["db"], stderr: Output): Promise<void> => {
  const { sendBackup } = await import("@touchstone/server/store/backup");
  const { digest, bytes } = await sendBackup(db, process.stdout);
  // On the other stream, for whoever compares it with what came.
  stderr.write(`${digest}  ${bytes} bytes\n`);
};

/** The metadata store of a control plane, worked on while it is stopped (a store on a server: also while it runs, but for restore). */
const command: Command = {
  usage: "db <action> [place]",
  summary: "look after the metadata store: status, migrate, sums, setup-code, backup, restore, backups, verify",
  docs:
    "`status` lists the migrations; `migrate` brings the schema up to date; `sums` prints a digest and the number of rows of each table, so that two stores can be compared; `setup-code` makes a new code for the first administrator (each process that starts prints one, and only the last is good); `backup PLACE` writes the whole store as one gzip file of JSON lines (`backup -`: to standard output, and its sum to standard error); `restore PLACE` fills an empty store from one; `backups PLACE` lists what is there, and `verify PLACE` reads one to its end. " +
    "A place is a file, a folder (a new backup named for its moment, or the newest there), or s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://ACCOUNT/CONTAINER/FOLDER, with who asks in the environment as in docs/deployment.md. " +
    "The store is the one in the data folder, or the server named in DATABASE_URL.",
  options: [
    ...CONFIG_OPTIONS.filter(({ flags }) => flags.startsWith("--data")),
    { flags: "--to <place>", docs: "where `backup` writes to, the same as the place behind it" },
    { flags: "--from <place>", docs: "where `restore`, `backups` and `verify` read, the same as the place behind them" },
    { flags: "--keep <n>", docs: "backups that stay in the folder; older ones are taken away once the new one is whole" },
  ],
  examples: [
    "touchstone db status",
    "touchstone db backup touchstone-backup.gz",
    "touchstone db backup --to s3://quality-backups/prod --keep 14",
    "DATABASE_URL=postgres://… touchstone db restore --from s3://quality-backups/prod",
  ],
  run: async ([name = "", file = ""], values, { stdout, stderr }) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    if (action.on === "store") {
      await withStore(values, (store) => action.run(store, stdout));
      return 0;
    }
    const given = text(values, name === "backup" ? "to" : "from") ?? file;
    if (given === "")
      throw userError("OPTION_INVALID", name, "it is followed by the name of a file, a folder, or a place in an object store");
    if (name === "backup" && given === STANDARD_OUTPUT) {
      await withStore(values, ({ db }) => sent(db, stderr));
      return 0;
    }
    const place = await backupPlace(given, process.env);
    if (action.on === "place") await action.run(place, stdout);
    else await withStore(values, (store) => action.run(store, place, stdout, whole(values, "keep", 1, BACKUPS_MOST)));
    return 0;
  },
};
export default command;
