import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { toErrorInfo, UserError } from "@touchstone/core/errors";
import type { Tracing } from "@touchstone/core/tracing";
import type { Config } from "@touchstone/server/config";
import { demoWish } from "@touchstone/server/demo/wish";
import type { Started } from "@touchstone/server/start";
import { configOf, CONFIG_OPTIONS, withDataFolder } from "../data-folder.ts";
import { layOutDatasets } from "../demo-data.ts";
import { demoEnding, demoLine } from "../demo-story.ts";
import { openTelemetry } from "../telemetry.ts";
import { VERSION } from "../version.ts";
import { flag, type Command, type Output } from "./command.ts";

/** Name of the dataplane beside the control plane. */
const EMBEDDED = "embedded";

/** Control plane and dataplane in one process; the two speak the protocol all the same, only not over a wire. */
const command: Command = {
  usage: "start",
  summary: "run the platform in one process: API, metadata store, queue and a dataplane",
  docs:
    "Starts the control plane and, beside it, a dataplane. Without DATABASE_URL the metadata store is an embedded one in the data folder, and the first start makes a datastore of real data, which is synced, profiled and scanned " +
    "before your eyes. Until there is an administrator a set-up code is printed, with which the first one is made: there is no password that was there before. Ctrl-C lets requests under way end and hands work back; the next " +
    "start goes on with it. On a terminal only warnings are logged, unless --log-level says otherwise.",
  options: [
    ...CONFIG_OPTIONS,
    { flags: "--demo", docs: "make the demo datastore, also where it is not made by itself; or TOUCHSTONE_DEMO=yes" },
    { flags: "--no-demo", docs: "make none; or TOUCHSTONE_DEMO=no" },
    { flags: "--no-dataplane", docs: "only the control plane; dataplanes run elsewhere" },
  ],
  examples: [
    "touchstone start",
    "touchstone start --port 9000 --data /var/lib/touchstone --no-demo",
    "DATABASE_URL=postgres://… touchstone start --no-dataplane",
  ],
  run: async (_args, values, { stdout, stderr, signal }) => {
    const config = configOf(values, stdout.isTTY === true ? { log_level: "warn" } : {});
    await withDataFolder(config, async () => {
      if (config.database_url === null && !existsSync(join(config.data, "store"))) stdout.write(`Making a store in ${config.data}\n`);
      const { start } = await import("@touchstone/server/start");
      const { tracing, close } = await openTelemetry({
        service: "touchstone",
        version: VERSION,
        onError: (message) => void stderr.write(`${message}\n`),
      });
      const started = await start({ config, version: VERSION, tracing });
      const over = new AbortController();
      try {
        const until = AbortSignal.any([signal, over.signal]);
        const withDataplane = flag(values, "dataplane");
        if (!signal.aborted) await serve({ started, config, withDataplane, stdout, signal: until, tracing });
      } finally {
        over.abort();
        await started.stop();
        await close();
      }
    });
    return 0;
  },
};
export default command;

type Serving = {
  started: Started;
  config: Config;
  withDataplane: boolean;
  stdout: Output;
  signal: AbortSignal;
  tracing: Tracing;
};

/** Until the signal; earlier only when the dataplane fails. */
const serve = async (serving: Serving): Promise<void> => {
  const { started, withDataplane, stdout, signal, tracing } = serving;
  tell(started, stdout);
  const code = withDataplane ? await started.inviteDataplane(EMBEDDED) : null;
  await Promise.all([aborted(signal), code === null ? null : embedded(started, code, signal, tracing), demonstrate(serving)]);
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));

const tell = ({ url, internalUrl, setupCode }: Started, stdout: Output): void => {
  stdout.write(`Touchstone answers at ${url} (API: ${url}/api/docs)\n`);
  if (internalUrl !== null) stdout.write(`Dataplanes in the same network come by ${internalUrl}\n`);
  if (setupCode !== null)
    stdout.write(
      `There is no administrator yet. Set-up code: ${setupCode}\n` +
        `  curl -s ${url}/api/setup -H 'content-type: application/json' -d '{"code":"${setupCode}","email":"you@example.org","name":"You","password":"at least 12 characters"}'\n`,
    );
};

/** Runs until the signal; one that ends otherwise has told the log why. */
const embedded = async ({ app, log }: Started, code: string, signal: AbortSignal, tracing: Tracing): Promise<void> => {
  const { runDataplane } = await import("@touchstone/engine/worker/loop");
  const end = await runDataplane({
    code,
    version: VERSION,
    signal,
    tracing,
    onNote: ({ note, detail }) => log.info({ note, detail }, "the embedded dataplane notes something"),
    send: async (path, body, { token, signal: stop, trace = null }) => {
      const response = await app.request(`/api${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(trace === null ? {} : { traceparent: trace }),
        },
        body: JSON.stringify(body),
        ...(stop === undefined ? {} : { signal: stop }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
    },
  });
  if (end === "revoked") log.error("the embedded dataplane was revoked: start again to enrol it anew");
};

/** The demo, told on the terminal. It is an extra: whatever becomes of it, the service goes on. */
const demonstrate = async ({ started, config, withDataplane, stdout, signal }: Serving): Promise<void> => {
  const wish = demoWish(config, withDataplane);
  if (wish === null) return;
  const say = (line: string | null): void => void (line !== null && stdout.write(`${line}\n`));
  // A dataplane may stand in another folder than this process.
  const folder = resolve(config.data);
  const files = join(folder, "demo");
  try {
    const found = await started.demonstrate({
      wish,
      place: async () => {
        await layOutDatasets(files);
        return { files, evidence: join(folder, "demo-evidence"), dataplane: withDataplane ? EMBEDDED : null };
      },
      onBegin: (begun) =>
        say(
          begun === "now" ? `\nA demo: nine real datasets, as their publishers left them, in ${files}` : "\nThe demo goes on where it was",
        ),
      tell: (news) => say(demoLine(news)),
      signal,
    });
    if (found !== null)
      [...demoEnding(found), `\nLook around: ${started.url}/api/docs   Ctrl-C stops; the next start goes on.`].forEach(say);
  } catch (thrown) {
    if (signal.aborted) return;
    const { what, why } = toErrorInfo(thrown);
    say(`The demo did not work: ${what}: ${why}`);
    if (!(thrown instanceof UserError)) started.log.error({ error: String(thrown) }, "the demo failed for a reason nobody expected");
  }
};
