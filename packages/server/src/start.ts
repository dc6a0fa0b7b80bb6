/**
 * Start and stop of a control plane, in order: keys, store, schema, the first administrator's code, the application, the port.
 * Stop is the same backwards, after the requests under way have ended.
 */
import { randomInt, randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { UserError } from "@touchstone/core/errors";
import { UNTRACED, type Tracing } from "@touchstone/core/tracing";
import { inviteDataplane } from "./auth/dataplanes.ts";
import { declareDataplanes } from "./auth/declared-dataplanes.ts";
import { digest } from "./auth/tokens.ts";
import type { Config } from "./config.ts";
import { controlPlane } from "./control-plane.ts";
import { demonstrate, type DemoOptions } from "./demo/demonstrate.ts";
import type { DemoFound } from "./demo/found.ts";
import { readKeys } from "./keys.ts";
import { inNetworks } from "./http/addresses.ts";
import { readAuthorities } from "./http/certificate.ts";
import { openListeners, readCertificates } from "./http/listen.ts";
import { guardedFetch, outbound } from "./http/ssrf.ts";
import { openLog, type Logger } from "./logs.ts";
import { openMetrics, type Metrics } from "./metrics.ts";
import type { Phase, Services } from "./services.ts";
import { awaitMigrations, migrate, openStore, type Database } from "./store/database.ts";
import { announceReplica } from "./store/replicas.ts";
import { readSetting, writeSetting } from "./store/settings.ts";
import { readLoad } from "./work/load.ts";
import { openWork } from "./work/open.ts";

/** Letters and digits that are not mistaken for each other. */
const CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const CODE_LENGTH = 16;
/** Seconds of requests a caller may send at once. */
const BURST_SECONDS = 5;

export type Started = {
  /** Where it answers. */
  url: string;
  /** Where dataplanes beside it come by https; null where it has no certificate for that. */
  internalUrl: string | null;
  /** Code for the first administrator; null when there is one. It is new at every start, so that an old log is worth nothing. */
  setupCode: string | null;
  app: Hono;
  log: Logger;
  /** A code with which a dataplane of that name enrols: the embedded one gets a new token at every start. */
  inviteDataplane: (name: string) => Promise<string>;
  /** Makes the demo of this installation where it is due, or goes on with it; answers what it has found when it comes to its end. */
  demonstrate: (options: DemoOptions) => Promise<DemoFound | null>;
  stop: () => Promise<void>;
};

/** A code for the first administrator, which replaces the one before; null when there is one. */
export const newSetupCode = async (db: Database): Promise<string | null> => {
  const admins = await db.selectFrom("user").where("role", "=", "Admin").select("id").limit(1).execute();
  if (admins.length > 0) return null;
  const code = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)])
    .join("")
    .replace(/(.{4})(?=.)/g, "$1-");
  await writeSetting(db, "setup_code_hash", digest(code));
  return code;
};

export type StartOptions = {
  config: Config;
  version: string;
  /** Where spans are told; nowhere where absent. */
  tracing?: Tracing;
  /** Where log lines go; standard output where absent. */
  logTo?: { write: (line: string) => void } | undefined;
};

/** Throws SETTING_INVALID, STORE_UNREACHABLE. */
export const start = async ({ config, version, logTo, tracing = UNTRACED }: StartOptions): Promise<Started> => {
  const log = openLog(config.log_level, logTo);
  const keys = await readKeys(config);
  const certificates = await readCertificates(config);
  const authorities = await readAuthorities(config.outbound_authority);
  const store = await openStore({ url: config.database_url, folder: config.data }, tracing);
  let phase: Phase = "starting";
  try {
    await prepare(store.db, config, log);
    const setupCode = await newSetupCode(store.db);
    const metrics = openMetrics(() => readLoad(store.db));
    const { close: closeWork, ...opened } = await openWork(
      store,
      keys.ring,
      (error) => log.error({ error: reasonOf(error) }, "work failed for a reason nobody expected"),
      tracing,
    );
    const onError = (error: unknown) => log.error({ error: reasonOf(error) }, "this process could not tell of itself");
    const replica = config.database_url === null ? null : await announceReplica(store.db, keys.ring, onError);
    const services: Services = {
      version,
      phase: () => phase,
      ...keys,
      ...opened,
      tracing,
      now: () => new Date(),
      sessions: { idleMinutes: config.session_idle_minutes, hours: config.session_hours },
      baseUrl: config.base_url,
      ask: guardedFetch(outbound(config.outbound_allow, { environment: process.env, authorities })),
    };
    const app = controlPlane({
      store,
      services,
      callers: {
        baseUrl: config.base_url,
        secureCookies: config.secure_cookies,
        isTrustedProxy: inNetworks(config.trusted_proxies),
      },
      rateLimit: { perSecond: config.requests_per_second, burst: config.requests_per_second * BURST_SECONDS },
      onAnswer: answerTeller(log, metrics),
    });
    probes(app, metrics, () => phase);
    const { url, internalUrl, close } = await openListeners(app, config, certificates, {
      renewed: (listener, error) => toldOfCertificate(log, listener, error),
      presented: metrics.presented,
    });
    phase = "ok";
    const where = internalUrl === null ? { url } : { url, internalUrl };
    log.info({ ...where, version, store: config.database_url === null ? "embedded" : "server" }, "the control plane answers");
    const stop = async () => {
      phase = "draining";
      await close(config.drain_seconds);
      await closeWork();
      await replica?.close();
      await store.close();
      log.info("the control plane has stopped");
    };
    return {
      url,
      internalUrl,
      setupCode,
      app,
      log,
      inviteDataplane: async (name) => (await inviteDataplane(store.db, name)).code,
      demonstrate: (options) => demonstrate(services, options),
      stop,
    };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
};

/** The store as this version needs it: its schema, the installation's own number, the dataplanes that belong to it. */
const prepare = async (db: Database, config: Config, log: Logger): Promise<void> => {
  const migrated = config.migrate === "start" ? await migrate(db) : await awaitMigrations(db);
  if (migrated.length > 0) log.info({ migrated }, "the schema of the store was brought up to date");
  if ((await readSetting(db, "installation_id")) === null) await writeSetting(db, "installation_id", randomUUID());
  const { revoked } = await declareDataplanes(db, config.dataplanes);
  if (revoked.length > 0) log.warn({ dataplanes: revoked }, "their tokens are given, but they were revoked: they stay so");
};

/** Each answer is counted; what nobody expected is in the log under the number that the caller was told. */
const answerTeller =
  (log: Logger, metrics: Metrics): Parameters<typeof controlPlane>[0]["onAnswer"] =>
  ({ route, status, seconds, requestId, principal, thrown }) => {
    metrics.answered({ method: route.method, path: route.path, status, seconds });
    const entry = {
      request: requestId,
      method: route.method,
      path: route.path,
      status,
      seconds: Number(seconds.toFixed(4)),
      user: principal?.userId,
    };
    if (thrown === null) log.debug(entry, "answered");
    else log.error({ ...entry, error: reasonOf(thrown) }, "a request failed for a reason nobody expected");
  };

const toldOfCertificate = (log: Logger, listener: string, error: unknown): void =>
  error === null
    ? log.info({ listener }, "the certificate was renewed")
    : log.error(
        { listener, error: error instanceof UserError ? error.message : reasonOf(error) },
        "the new certificate is not usable; the one before it stays",
      );

/** The stack of a bug, without values: messages of the store's engine may quote a row of its own. The queue tells of its own in objects. */
const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}\n${(thrown.stack ?? "").split("\n").slice(1, 8).join("\n")}`;
  return thrown !== null && typeof thrown === "object" && "message" in thrown ? String(thrown.message) : String(thrown);
};

/** Whether the process lives, has started, and takes requests; and its metrics. Outside `/api`: they are for machines beside it. */
const probes = (app: Hono, metrics: Metrics, phase: () => Phase): void => {
  app.get("/livez", (c) => c.text("ok"));
  app.get("/startupz", (c) => c.text(phase(), phase() === "starting" ? 503 : 200));
  app.get("/readyz", (c) => c.text(phase(), phase() === "ok" ? 200 : 503));
  app.get("/metrics", async (c) => c.body(await metrics.text(), 200, { "content-type": metrics.contentType }));
  app.get("/metrics/work", async (c) => c.json(await metrics.work()));
};
