/**
 * Tries connections from where this process is: what a pod inside a cluster is started for. Each target is tried again for some seconds,
 * for a network plugin may learn of a new pod a moment after it runs.
 */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request, type RequestOptions } from "node:https";
import { connect, isIP } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "@touchstone/core/errors";
import type { Reached, ReachTarget, StoreGround } from "@touchstone/core/model/reach";
import { reasonOf } from "./reason.ts";

export type ReachOptions = {
  env: Readonly<Record<string, string | undefined>>;
  /** Authorities instead of the known ones. */
  authorities?: readonly string[];
  /** For one connection, and for all tries of one target. */
  timeoutMs?: number;
  patienceMs?: number;
};

const TIMEOUT_MS = 4_000;
const PATIENCE_MS = 12_000;
const PAUSE_MS = 1_000;
const ANSWER_BYTES_MAX = 1024 ** 2;

type Stopped = NonNullable<Reached["stopped"]>;
type Tried = Pick<Reached, "stopped" | "reason"> & Partial<Pick<Reached, "addresses" | "aheadSeconds" | "store">>;

const stopped = (where: Stopped, reason: string, addresses: string[] = []): Tried => ({ stopped: where, reason, addresses });

/** Codes of OpenSSL and of Node's own look at the name. */
const isOfCertificate = (thrown: unknown): boolean =>
  thrown instanceof Error && "code" in thrown && /CERT|SIGNATURE|ISSUER|ALTNAME|EPROTO|^ERR_TLS|^ERR_SSL/.test(String(thrown.code));

const firstOf = (thrown: unknown): unknown => (thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown);

/** A resolver that hears nothing waits longer than anybody should. */
const resolved = async (host: string, timeoutMs: number): Promise<string[] | string> => {
  if (isIP(host) !== 0) return [host];
  const given = new AbortController();
  try {
    const late = sleep(timeoutMs, "no answer about the name came in time", { signal: given.signal, ref: false });
    const found = lookup(host, { all: true }).then((all) => all.map(({ address }) => address));
    return await Promise.race([found, late]);
  } catch (thrown) {
    return reasonOf(thrown);
  } finally {
    given.abort();
  }
};

const connected = (host: string, port: number, timeoutMs: number): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (reason: string | null): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => end(null));
    socket.once("timeout", () => end("no answer came in time"));
    socket.once("error", (error) => end(reasonOf(firstOf(error))));
  });

const hostAndPort = (to: string): { host: string; port: number } | null => {
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(to) ?? [];
  return host === "" ? null : { host, port: Number(port) };
};

/** Every pod gets the address of the API server by these variables. */
const apiServer = (env: ReachOptions["env"]): string =>
  `${env["KUBERNETES_SERVICE_HOST"] ?? ""}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`;

const tryPort = async (to: string, { env, timeoutMs = TIMEOUT_MS }: ReachOptions): Promise<Tried> => {
  const place = hostAndPort(to === "api-server" ? apiServer(env) : to);
  if (place === null) return stopped("name", "it is not HOST:PORT");
  const addresses = await resolved(place.host, timeoutMs);
  if (typeof addresses === "string") return stopped("name", addresses);
  const reason = await connected(place.host, place.port, timeoutMs);
  return reason === null ? { stopped: null, reason: null, addresses } : stopped("connection", reason, addresses);
};

const secondsAhead = (moment: number): number => Math.trunc((moment - Date.now()) / 1000) + 0;
const aheadOf = (date: string | undefined): number | null => (date === undefined ? null : secondsAhead(Date.parse(date)));

/** One request; the answer's body is read only as far as nobody minds. */
const asked = (url: URL, options: RequestOptions): Promise<{ status: number; date: string | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => {
        body += text;
        if (body.length > ANSWER_BYTES_MAX) sent.destroy(new Error("it answers with more than anybody reads"));
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, date: answer.headers.date, body }));
      answer.once("error", reject);
    });
    sent.once("error", reject);
    sent.end();
  });

/** The name by https, as a browser would ask: which certificate it has, and that something of ours answers. */
const tryHttps = async (to: string, { authorities, timeoutMs = TIMEOUT_MS }: ReachOptions): Promise<Tried> => {
  if (!URL.canParse(to)) return stopped("name", "it is not a URL");
  const url = new URL(to);
  const addresses = await resolved(url.hostname, timeoutMs);
  if (typeof addresses === "string") return stopped("name", addresses);
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { status, date } = await asked(url, { signal, ...(authorities === undefined ? {} : { ca: [...authorities] }) });
    const aheadSeconds = aheadOf(date);
    return status < 400
      ? { stopped: null, reason: null, addresses, aheadSeconds }
      : { stopped: "answer", reason: `it answers ${status}`, addresses, aheadSeconds };
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === "AbortError";
    return stopped(
      isOfCertificate(thrown) ? "certificate" : "connection",
      late ? "no answer came in time" : reasonOf(firstOf(thrown)),
      addresses,
    );
  }
};

/** Null where the proxy is no URL of one: what Node says of it has all of it in its text, a password too. */
const agentFor = (proxy: string | null, authorities: readonly string[] | undefined): Agent | null => {
  try {
    return new Agent({
      ...(proxy === null ? {} : { proxyEnv: { HTTPS_PROXY: proxy } }),
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
    });
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ERR_PROXY_INVALID_CONFIG") return null;
    throw thrown;
  }
};

/**
 * As object stores and warehouses in a cloud are asked. Nobody is signed in, so any answer is one; it is larger than a packet, and so tells
 * of ways that lose large ones.
 */
const tryWeb = async (to: string, { env, authorities, timeoutMs = TIMEOUT_MS }: ReachOptions): Promise<Tried> => {
  if (!URL.canParse(to)) return stopped("name", "it is not a URL");
  const url = new URL(to);
  const { proxyOf } = await import("@touchstone/server/http/proxy");
  const proxy = proxyOf(env)(url);
  // Behind a proxy it is the proxy that knows names.
  const addresses = proxy === null ? await resolved(url.hostname, timeoutMs) : [];
  if (typeof addresses === "string") return stopped("name", addresses);
  const agent = agentFor(proxy, authorities);
  if (agent === null) return stopped("connection", "what the environment says of the proxy is no URL of one", addresses);
  const by = proxy === null ? "" : "through the proxy: ";
  try {
    const { date } = await asked(url, { agent, method: "HEAD", signal: AbortSignal.timeout(timeoutMs) });
    return { stopped: null, reason: null, addresses, aheadSeconds: aheadOf(date) };
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "AbortError")
      return stopped(isOfCertificate(thrown) ? "certificate" : "connection", `${by}${reasonOf(firstOf(thrown))}`, addresses);
    const isOpen = proxy === null && (await connected(url.hostname, Number(url.port || "443"), timeoutMs)) === null;
    const why = isOpen
      ? "it is connected to, and no answer comes: large packets are lost on the way (MTU), or held up"
      : `${by}no answer came in time`;
    return stopped("connection", why, addresses);
  } finally {
    agent.destroy();
  }
};

/** Where a provider says what it is (OpenID Connect Discovery 1.0 §4). */
const discoveryOf = (issuer: string): string =>
  issuer.includes("/.well-known/") ? issuer : `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;

/** As the control plane asks: through the guard against addresses that are not public, and through the proxy that the environment names. */
const tryIssuer = async (to: string, { env, authorities }: ReachOptions): Promise<Tried> => {
  const [{ guardedFetch, outbound }, { readAuthorities }, { readUsable }] = await Promise.all([
    import("@touchstone/server/http/ssrf"),
    import("@touchstone/server/http/certificate"),
    import("@touchstone/server/config"),
  ]);
  const { config } = readUsable({}, env);
  try {
    const trusted = authorities ?? (config.outbound_authority === null ? undefined : await readAuthorities(config.outbound_authority));
    const ask = guardedFetch(outbound(config.outbound_allow, { environment: env, authorities: trusted }));
    const answer = await ask(discoveryOf(to));
    const aheadSeconds = aheadOf(answer.headers.get("date") ?? undefined);
    if (answer.status !== 200) return { stopped: "answer", reason: `it answers ${answer.status}`, aheadSeconds };
    const told: unknown = await answer.json().catch(() => null);
    const issuer: unknown = typeof told === "object" && told !== null ? Reflect.get(told, "issuer") : undefined;
    // RFC 8414 §3.3: another issuer than the one that was asked is not to be believed.
    return to.includes("/.well-known/") || (typeof issuer === "string" && issuer.replace(/\/$/, "") === to.replace(/\/$/, ""))
      ? { stopped: null, reason: null, aheadSeconds }
      : { stopped: "answer", reason: "what it answers is not its discovery document", aheadSeconds };
  } catch (thrown) {
    if (thrown instanceof UserError) return stopped(/not known/.test(thrown.info.why) ? "name" : "connection", thrown.info.why);
    return stopped(isOfCertificate(thrown) ? "certificate" : "connection", reasonOf(firstOf(thrown)));
  }
};

/** What a store's own driver says when the other end has no good certificate. */
const TLS_WORDS = /certificate|self.signed|altname|does not support SSL|TLS/i;

/** How far it came, by what a driver says of it. */
const whereOf = (why: string): Stopped => (/ENOTFOUND|EAI_AGAIN/.test(why) ? "name" : TLS_WORDS.test(why) ? "certificate" : "connection");

const tryStore = async ({ env }: ReachOptions): Promise<Tried> => {
  const url = env["DATABASE_URL"] ?? "";
  if (url === "") return stopped("name", "DATABASE_URL is not set");
  const [{ openStore }, { storeGround }] = await Promise.all([
    import("@touchstone/server/store/database"),
    import("@touchstone/server/store/ground"),
  ]);
  try {
    const store = await openStore({ url, folder: "" });
    try {
      const { ground, now }: { ground: StoreGround; now: Date } = await storeGround(store.db);
      return { stopped: null, reason: null, store: ground, aheadSeconds: secondsAhead(now.getTime()) };
    } finally {
      await store.close();
    }
  } catch (thrown) {
    const why = thrown instanceof UserError ? thrown.info.why : reasonOf(thrown);
    return stopped(whereOf(why), why);
  }
};

/** What is written, and has to come back. */
const TRIAL_TEXT = "written by touchstone doctor, to see whether it can be; it may be deleted\n";
const trialName = (): string => `touchstone-trial-${randomBytes(8).toString("hex")}`;

/** As a backup is written: its identity, and each right it needs. */
const tryBucket = async (to: string, { env }: ReachOptions): Promise<Tried> => {
  const [{ placeOf }, { openObjectStore }] = await Promise.all([
    import("@touchstone/server/object-store/place"),
    import("@touchstone/server/object-store/object-store"),
  ]);
  try {
    const bucket = openObjectStore(placeOf(to), env);
    const name = trialName();
    await bucket.write(name, Readable.from([Buffer.from(TRIAL_TEXT)]));
    const read = Buffer.concat(await Array.fromAsync(bucket.read(name))).toString("utf8");
    const listed = await bucket.list(name);
    await bucket.remove(name);
    return read === TRIAL_TEXT && listed.length === 1
      ? { stopped: null, reason: null }
      : stopped("answer", "what is read there is not what was written");
  } catch (thrown) {
    if (!(thrown instanceof UserError)) return stopped("connection", reasonOf(thrown));
    const { code, what, why } = thrown.info;
    if (code !== "OBJECT_STORE_UNREACHABLE") return stopped("answer", `${what}: ${why}`);
    return stopped(whereOf(why), why);
  }
};

/** A file of one's own: that the volume is mounted, that it takes what is written, and that it is gone again. */
const tryVolume = async (to: string): Promise<Tried> => {
  const path = join(to, trialName());
  try {
    await writeFile(path, TRIAL_TEXT, { flush: true });
    const read = await readFile(path, "utf8");
    await rm(path);
    return read === TRIAL_TEXT ? { stopped: null, reason: null } : stopped("answer", "what is read there is not what was written");
  } catch (thrown) {
    return stopped("answer", reasonOf(thrown));
  }
};

const tryOnce = ({ kind, to }: ReachTarget, options: ReachOptions): Promise<Tried> => {
  switch (kind) {
    case "tcp":
    case "open":
    case "denied":
      return tryPort(to, options);
    case "https":
      return tryHttps(to, options);
    case "web":
      return tryWeb(to, options);
    case "issuer":
      return tryIssuer(to, options);
    case "store":
      return tryStore(options);
    case "bucket":
      return tryBucket(to, options);
    case "volume":
      return tryVolume(to);
    default:
      return kind satisfies never;
  }
};

/** Tries a target until it is as it should be, or patience ends. */
export const reach = async (target: ReachTarget, options: ReachOptions): Promise<Reached> => {
  const began = performance.now();
  const until = began + (options.patienceMs ?? PATIENCE_MS);
  for (;;) {
    const start = performance.now();
    const tried = await tryOnce(target, options);
    const isReached = tried.stopped === null;
    if (isReached !== (target.kind === "denied") || performance.now() + PAUSE_MS >= until)
      return { ...target, addresses: [], aheadSeconds: null, store: null, ...tried, milliseconds: Math.round(performance.now() - start) };
    await sleep(PAUSE_MS);
  }
};
