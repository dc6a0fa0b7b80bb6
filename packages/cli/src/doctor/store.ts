/** The metadata store: opened where nobody has it, and judged. */
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@touchstone/core/model/dataplane";
import { toErrorInfo } from "@touchstone/core/errors";
import type { KeyRing } from "@touchstone/server/auth/seal";
import type { Config } from "@touchstone/server/config";
import type { KnownDataplane, StoreContent, StoreHealth } from "@touchstone/server/store/health";
import { withDataFolder } from "../data-folder.ts";
import { counted } from "../formats/words.ts";
import { VERSION } from "../version.ts";
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { DataFolder } from "./folder.ts";

/** What the queries are written for. */
const SERVER_VERSION_MIN = 150_000;
/** Longer than any poll: whoever could take the work would have. */
const WAIT_SECONDS = 300;
/** Without a sign of life for so long, a dataplane is not there (docs/dataplane.md). */
const SILENT_MS = 90_000;

const shownVersion = (version: number): string => `${Math.floor(version / 10_000)}.${version % 10_000}`;

const schemaFindings = ({ serverVersion, pending, unknown }: StoreHealth, place: string): Finding[] => {
  const findings: Finding[] = [];
  if (serverVersion < SERVER_VERSION_MIN)
    findings.push(problem("store", `${place} is Postgres ${shownVersion(serverVersion)}`, "Postgres 15 or newer", "upgrade the server"));
  if (unknown.length > 0)
    findings.push(
      problem(
        "store",
        `its schema is of a newer version (${unknown.join(", ")})`,
        `one that Touchstone ${VERSION} knows`,
        "run the newer version, or restore a backup",
      ),
    );
  if (pending.length > 0)
    findings.push(
      note(
        "store",
        `migrations are pending: ${pending.join(", ")}`,
        "the schema of this version",
        "touchstone db migrate; a start does it by itself",
      ),
    );
  return findings.length > 0 ? findings : [ok("store", `${place}, Postgres ${shownVersion(serverVersion)}, its schema up to date`)];
};

const workFindings = ({ work }: StoreContent, isRunning: boolean): Finding[] => {
  const lost = work.lost.map(({ id, type, datastore }) =>
    problem(
      "queue",
      `operation ${id} (${type} of ${datastore}) is under way, and nothing in the queue stands for it`,
      "a job that brings it to its end",
      `abort it (PUT /api/operations/abort/${id}) and run it again`,
    ),
  );
  const expired =
    work.expired === 0
      ? []
      : [
          note(
            "queue",
            `the dataplane of ${counted(work.expired, "lease")} has given no sign of life for too long`,
            "a heartbeat every 30 seconds",
            isRunning
              ? "nothing: within a minute the work is given to another"
              : "nothing: after the next start the work is given to another",
          ),
        ];
  const waits =
    work.oldestSeconds < WAIT_SECONDS
      ? []
      : [
          note(
            "queue",
            `work waits for ${Math.round(work.oldestSeconds / 60)} minutes already`,
            "a dataplane that takes it",
            isRunning ? "see the dataplanes below, and to which one the datastore is pinned" : "start the control plane and a dataplane",
          ),
        ];
  const findings = [...lost, ...expired, ...waits];
  return findings.length > 0
    ? findings
    : [ok("queue", work.waiting === 0 ? "nothing waits" : `${counted(work.waiting, "piece")} of work wait`)];
};

const ago = (at: Date, now: Date): string => {
  const minutes = Math.round((now.getTime() - at.getTime()) / 60_000);
  if (minutes < 2) return "just now";
  return minutes < 120 ? `${minutes} minutes ago` : `${Math.round(minutes / 60)} hours ago`;
};

const dataplaneFinding = ({ name, version, protocol, lastSeenAt }: KnownDataplane, isRunning: boolean, now: Date): Finding => {
  const seen = lastSeenAt === null ? "never heard of" : `last heard of ${ago(lastSeenAt, now)}`;
  const found = `${name}, version ${version ?? "unknown"}, ${seen}`;
  const subject = "dataplanes";
  if (protocol !== null && (protocol < PROTOCOL_OLDEST || protocol > PROTOCOL_VERSION + 1))
    return problem(
      subject,
      `${found}, speaks the protocol ${protocol}`,
      `one between ${PROTOCOL_OLDEST} and ${PROTOCOL_VERSION + 1}`,
      "bring both to one version",
    );
  if (isRunning && (lastSeenAt === null || now.getTime() - lastSeenAt.getTime() > SILENT_MS))
    return note(
      subject,
      found,
      "a sign of life every 30 seconds",
      "look at its log; one that is not wanted any more is revoked (DELETE /api/dataplanes/ID)",
    );
  if (version !== null && version !== VERSION)
    return note(
      subject,
      found,
      `version ${VERSION}, as here; one apart is fine for as long as an upgrade takes`,
      "upgrade the older of the two",
    );
  return ok(subject, found);
};

const dataplaneFindings = ({ dataplanes, orphaned }: StoreContent, isRunning: boolean, now: Date): Finding[] => [
  ...(dataplanes.length === 0
    ? [
        note(
          "dataplanes",
          "none has enrolled",
          "one, or nothing is synced, profiled or scanned",
          "touchstone start without --no-dataplane, or touchstone dataplane",
        ),
      ]
    : dataplanes.map((dataplane) => dataplaneFinding(dataplane, isRunning, now))),
  ...orphaned.map(({ datastore, dataplane }) =>
    problem(
      "dataplanes",
      `the datastore ${datastore} is pinned to ${dataplane}, which is not there`,
      "a dataplane of that name",
      `enrol one, or change the datastore`,
    ),
  ),
];

const secretFindings = ({ unreadable }: StoreContent): Finding[] => {
  if (unreadable === null) return [unseen("secrets", "there are no keys to try them with")];
  if (unreadable.length === 0) return [ok("secrets", "every stored secret opens")];
  return unreadable.map(({ of, keyId }) =>
    problem(
      "secrets",
      `${of} does not open`,
      `the key ${keyId} it was sealed with`,
      "put that key among TOUCHSTONE_SECRET_KEYS, or enter the secret again",
    ),
  );
};

const peopleFindings = ({ administrators }: StoreContent): Finding[] =>
  administrators > 0
    ? [ok("people", `${administrators === 1 ? "one administrator" : `${administrators} administrators`}`)]
    : [note("people", "there is no administrator yet", "one", "touchstone start prints a set-up code for the first")];

/** What the facts about a store mean. */
export const judgeStore = (health: StoreHealth, place: string, isRunning: boolean, now: Date): Finding[] => {
  const { content } = health;
  return [
    ...schemaFindings(health, place),
    ...(content === null
      ? []
      : [
          ...peopleFindings(content),
          ...workFindings(content, isRunning),
          ...dataplaneFindings(content, isRunning, now),
          ...secretFindings(content),
        ]),
  ];
};

export type StoreLook = { findings: Finding[]; identityProviders: number };

const placeOf = ({ database_url }: Config): string =>
  database_url === null ? "the embedded store" : `the store at ${new URL(database_url).host}`;

const opened = async (config: Config, ring: KeyRing | null, isRunning: boolean): Promise<StoreLook> => {
  const { openStore } = await import("@touchstone/server/store/database");
  const { storeHealth } = await import("@touchstone/server/store/health");
  const store = await openStore({ url: config.database_url, folder: config.data });
  try {
    const health = await storeHealth(store.db, ring);
    return {
      findings: judgeStore(health, placeOf(config), isRunning, new Date()),
      identityProviders: health.content?.identityProviders ?? 0,
    };
  } finally {
    await store.close();
  }
};

const seenFromOutside = (folder: DataFolder, isRunning: boolean): Finding =>
  isRunning
    ? unseen("store", "a running process has it, and only one may; what is in it can be looked at while that process is stopped")
    : folder.state === "held"
      ? problem(
          "store",
          "a process has it, and no control plane answers at this port",
          "the port it listens on",
          "name it with --port; or look at the log of that process",
        )
      : unseen("store", "the data folder cannot be used");

export const lookAtStore = async (config: Config, folder: DataFolder, ring: KeyRing | null, isRunning: boolean): Promise<StoreLook> => {
  const none = (finding: Finding): StoreLook => ({ findings: [finding], identityProviders: 0 });
  if (config.database_url === null) {
    if (folder.state === "held" || folder.state === "unusable") return none(seenFromOutside(folder, isRunning));
    if (!folder.hasStore) return none(ok("store", "an embedded one, which the first start makes"));
  }
  try {
    return await withDataFolder(config, () => opened(config, ring, isRunning));
  } catch (thrown) {
    const { what, why, todo } = toErrorInfo(thrown);
    return none(problem("store", `${what}: ${why}`, `${placeOf(config)}, of this version`, todo));
  }
};
