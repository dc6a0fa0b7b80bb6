/**
 * The published client of the public contract, unmodified, against a control plane that listens on a port, and where a test gives one a
 * dataplane beside it: what tests of its commands stand on. Nothing in it is pretended.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { z } from "zod";
import { serve as listenTo, type ServerType } from "@hono/node-server";
import { API } from "@touchstone/core/routes/index";
import type { Routes } from "@touchstone/core/routes/contract";
import { controlPlane } from "../control-plane.ts";
import { openTrial, type StartDataplane, type Trial, DIRECT_CALLERS } from "./trial.ts";

const CLIENT = "qualytics-cli==1.2.2";
/** The client waits ten seconds between two looks at an operation. */
const COMMAND_SECONDS_MAX = 120;
const INSTALL_MS = 300_000;

const run = promisify(execFile);

/** The Python that has the client, installed at the first run; null where it cannot be. */
const installed = async (): Promise<string | null> => {
  const folder = join(tmpdir(), `touchstone-${CLIENT.replace("==", "-")}`);
  const python = join(folder, "bin", "python3");
  if (existsSync(join(folder, "bin", "qualytics"))) return python;
  // Most of what comes with it is never loaded, so it is compiled when it is.
  const install = ["install", "--quiet", "--no-compile", "--disable-pip-version-check", CLIENT];
  const ways = [
    async () => {
      await run("python3", ["-m", "venv", "--without-pip", folder], { timeout: INSTALL_MS });
      await run("pip", ["--python", python, ...install], { timeout: INSTALL_MS });
    },
    // Debian has python3-venv, which brings a pip into the folder, on machines that have none of their own.
    async () => {
      await run("python3", ["-m", "venv", folder], { timeout: INSTALL_MS });
      await run(python, ["-m", "pip", ...install], { timeout: INSTALL_MS });
    },
  ];
  for (const way of ways)
    try {
      await way();
      return python;
    } catch {
      await rm(folder, { recursive: true, force: true });
    }
  return null;
};

const python = await installed();
export const skip = python === null ? `pip cannot install ${CLIENT}` : false;

const Ran = z.object({ code: z.number(), output: z.string() });
type Ran = z.infer<typeof Ran>;

type Loaded = { run: (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<Ran>; stop: () => Promise<void> };

/** The client as client.py keeps it loaded; `env` is what it finds when it is loaded. */
const load = (env: NodeJS.ProcessEnv): Loaded => {
  const args = [join(import.meta.dirname, "client.py"), String(COMMAND_SECONDS_MAX)];
  const child = spawn(python ?? "", args, { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (request: object): Promise<Ran> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await answers.next();
    return Ran.parse(JSON.parse(answer.done === true ? "null" : answer.value));
  };
  return {
    // One at a time, so that each gets its own answer.
    run: (args, env) => {
      const ran = last.then(() => ask({ args, env }));
      last = ran.catch(() => undefined);
      return ran;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
};

const paths = new Set(Object.values(API).flatMap((routes: Routes) => Object.values(routes).map(({ method, path }) => `${method} ${path}`)));
/** Skips by name what stands on routes that are not there. */
export const needing = (...needed: string[]): string | false => {
  const missing = needed.filter((route) => !paths.has(route));
  return skip !== false ? skip : missing.length > 0 ? `there is no ${missing.join(", ")}` : false;
};

/** A control plane on a port, and the client at it. */
export type Place = {
  trial: Trial;
  folder: string;
  client: (line: string, env?: NodeJS.ProcessEnv) => Promise<Ran>;
  stop: () => Promise<void>;
};

/** A command line in words; what stands in quotes is one. */
const words = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

/** Waits until no operation is under way. */
export const settled = async ({ store: { db }, services: { news } }: Trial): Promise<void> => {
  const underWay = () => db.selectFrom("operation").where("finished_at", "is", null).select("id").limit(1).executeTakeFirst();
  while ((await underWay()) !== undefined) await news.wait(200);
};

export const openPlace = async (dataplane?: StartDataplane): Promise<Place> => {
  const trial = await openTrial(dataplane === undefined ? {} : { dataplane });
  const app = controlPlane({
    store: trial.store,
    services: trial.services,
    callers: DIRECT_CALLERS,
    rateLimit: { perSecond: 10_000, burst: 10_000 },
    onAnswer: ({ thrown }) => void (thrown !== null && trial.thrown.push(thrown)),
  });
  const server: ServerType = await new Promise((resolve) => {
    const listening = listenTo({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(listening));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), "touchstone-client-"));
  const own = { PATH: process.env["PATH"], HOME: folder, QUALYTICS_CONFIG_HOME: folder, NO_COLOR: "1", COLUMNS: "300" };
  const loaded = load(own);
  const client: Place["client"] = async (line, env = {}) => {
    const signedIn = line.startsWith("auth init") ? {} : { QUALYTICS_URL: url, QUALYTICS_TOKEN: trial.admin };
    return loaded.run(words(line.replaceAll("URL", url).replaceAll("TOKEN", trial.admin)), { ...own, ...signedIn, ...env });
  };
  const stop = async () => {
    await loaded.stop();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
    await trial.close();
  };
  return { trial, folder, client, stop };
};

export type Line = { line: string; says: RegExp; code?: number; env?: NodeJS.ProcessEnv };

/** Runs commands in their order; each must end as it says, with the words it says. */
export const walk = async (at: Place, lines: readonly Line[]): Promise<void> => {
  for (const { line, says, code = 0, env = {} } of lines) {
    const ran = await at.client(line, env);
    assert.ok(
      ran.code === code && says.test(ran.output),
      `${line}\nended with ${ran.code}, not ${code}, or does not say ${String(says)}:\n${ran.output}`,
    );
  }
  assert.deepEqual(at.trial.thrown, []);
};
