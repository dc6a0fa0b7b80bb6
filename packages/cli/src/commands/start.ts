import type { Tracing } from "@touchstone/core/tracing";
import type { Started } from "@touchstone/server/start";
import { configOf, CONFIG_OPTIONS, withDataFolder } from "../data-folder.ts";
import { openTelemetry } from "../telemetry.ts";
import { VERSION } from "../version.ts";
import { flag, type Command, type Output } from "./command.ts";

/** Control plane and dataplane in one process; the two speak the protocol all the same, only not over a wire. */
const command: Command = {
  usage: "start",
  summary: "run the platform in one process: API, metadata store, queue and a dataplane",
  docs:
    "Starts the control plane and, beside it, a dataplane. Without DATABASE_URL the metadata store is an embedded one in the data folder. At the first start a set-up code is printed, with which the " +
    "first administrator is made: there is no password that was there before. Ctrl-C lets requests under way end and hands work back.",
  options: [...CONFIG_OPTIONS, { flags: "--no-dataplane", docs: "only the control plane; dataplanes run elsewhere" }],
  examples: [
    "touchstone start",
    "touchstone start --port 9000 --data /var/lib/touchstone",
    "DATABASE_URL=postgres://… touchstone start --no-dataplane",
  ],
  run: async (_args, values, { stdout, stderr, signal }) => {
    const config = configOf(values);
    await withDataFolder(config, async () => {
      const { start } = await import("@touchstone/server/start");
      const { tracing, close } = await openTelemetry({
        service: "touchstone",
        version: VERSION,
        onError: (message) => void stderr.write(`${message}\n`),
      });
      const started = await start({ config, version: VERSION, tracing });
      try {
        tell(started, stdout);
        const dataplane = flag(values, "dataplane") ? embedded(started, signal, tracing) : Promise.resolve();
        await Promise.all([aborted(signal), dataplane]);
      } finally {
        await started.stop();
        await close();
      }
    });
    return 0;
  },
};
export default command;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));

const tell = ({ url, setupCode }: Started, stdout: Output): void => {
  stdout.write(`Touchstone answers at ${url} (API: ${url}/api/openapi.json)\n`);
  if (setupCode !== null)
    stdout.write(
      `There is no administrator yet. Set-up code: ${setupCode}\n` +
        `  curl -s ${url}/api/setup -H 'content-type: application/json' -d '{"code":"${setupCode}","email":"you@example.org","name":"You","password":"at least 12 characters"}'\n`,
    );
};

/** Runs until the signal; one that ends otherwise has told the log why. */
const embedded = async ({ app, inviteDataplane, log }: Started, signal: AbortSignal, tracing: Tracing): Promise<void> => {
  const { runDataplane } = await import("@touchstone/engine/worker/loop");
  const end = await runDataplane({
    code: await inviteDataplane("embedded"),
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
