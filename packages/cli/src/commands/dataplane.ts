import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { userError } from "@touchstone/core/errors";
import { httpSend } from "@touchstone/engine/worker/http-send";
import { enrol, runDataplane } from "@touchstone/engine/worker/loop";
import { openProbes } from "../dataplane-probes.ts";
import { openTelemetry } from "../telemetry.ts";
import { VERSION } from "../version.ts";
import { flag, text, type Command, type Values } from "./command.ts";
import { bytes, connectOptions, whole } from "./settings.ts";

const OWNER_ONLY = 0o600;
const PORT_MAX = 65_535;
/** Of the room for temporary files: the rest is for questions, which are answered beside operations. */
const TEMP_SHARE = 0.9;

/** What one engine may write of the room that all have. */
const tempBytesMax = (values: Values, operations: number): { tempBytesMax?: number } => {
  const room = bytes(values, "tempSize");
  return room === undefined ? {} : { tempBytesMax: Math.floor((room * TEMP_SHARE) / operations) };
};

/** The token of an earlier start; null when there is none. */
const keptToken = async (file: string): Promise<string | null> => {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
    throw thrown;
  }
};

const keepToken = async (file: string, token: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${token}\n`, { mode: OWNER_ONLY });
  await chmod(file, OWNER_ONLY);
};

/** What works next to the data: it dials out to a control plane, and nothing dials in. */
const command: Command = {
  usage: "dataplane",
  summary: "run a dataplane: it asks a control plane for work, and does it next to the data",
  docs:
    "Enrols with a one-time code (from POST /api/dataplanes) and keeps its token in --token-file for the next start; then asks for work until it is told to stop. Connections go outward only, over HTTPS; HTTPS_PROXY and NO_PROXY " +
    "are honoured. SIGTERM hands work back to the control plane.",
  options: [
    { flags: "--server <url>", docs: "the control plane; or TOUCHSTONE_SERVER" },
    { flags: "--code <code>", docs: "one-time enrolment code; or TOUCHSTONE_ENROLMENT_CODE" },
    { flags: "--token-file <file>", docs: "where the token is kept", default: ".touchstone-dataplane" },
    { flags: "--enrol-only", docs: "exchange the code for a token, write that into the token file, and end" },
    { flags: "--probes <port>", docs: "port that answers /livez and /readyz, for the machine beside it" },
    { flags: "--authority <file>", docs: "certificate authority of the company, in PEM, to trust besides the known ones" },
    {
      flags: "--server-authority <file>",
      docs: "the only certificate authority to trust for the control plane, in PEM, read again when it changes; or TOUCHSTONE_SERVER_AUTHORITY",
    },
    { flags: "--direct", docs: "reach the control plane past any proxy: it is in the same network" },
    { flags: "--operations <n>", docs: "operations at a time", default: "1" },
    { flags: "--memory <size>", docs: "memory limit of the engine, such as 2GB" },
    { flags: "--threads <n>", docs: "threads of the engine" },
    { flags: "--temp <folder>", docs: "folder for temporary files" },
    { flags: "--temp-size <size>", docs: "room there for all operations together, such as 20GiB; what needs more fails with a message" },
  ],
  examples: [
    "touchstone dataplane --server https://touchstone.example.org --code …",
    "touchstone dataplane --server https://touchstone.example.org",
  ],
  run: async (_args, values, { stdout, stderr, signal }) => {
    const server = text(values, "server") ?? process.env["TOUCHSTONE_SERVER"] ?? "";
    const send = httpSend({
      server,
      authority: text(values, "authority"),
      serverAuthority: text(values, "serverAuthority") ?? process.env["TOUCHSTONE_SERVER_AUTHORITY"],
      direct: flag(values, "direct"),
    });
    const file = text(values, "tokenFile") ?? ".touchstone-dataplane";
    const code = text(values, "code") ?? process.env["TOUCHSTONE_ENROLMENT_CODE"];
    const token = code === undefined ? await keptToken(file) : null;
    if (code === undefined && token === null)
      throw userError("OPTION_INVALID", "--code", `there is no token in ${file} yet, so a one-time code is needed`);
    if (flag(values, "enrolOnly")) {
      if (code === undefined) throw userError("OPTION_INVALID", "--enrol-only", "it exchanges a one-time code, and none was given");
      await enrol({ send, code, signal, onToken: (issued) => keepToken(file, issued) });
      stdout.write(`${file}\n`);
      return 0;
    }
    const operations = whole(values, "operations", 1, 64) ?? 1;
    const port = whole(values, "probes", 0, PORT_MAX);
    const probes = port === undefined ? null : await openProbes(port, signal);
    stdout.write(`asking ${server} for work\n`);
    const noted = (line: string): void => void stderr.write(`${new Date().toISOString()} ${line}\n`);
    const { tracing, close } = await openTelemetry({ service: "touchstone-dataplane", version: VERSION, onError: noted });
    const end = await runDataplane({
      tracing,
      onWelcome: () => probes?.ready(),
      send,
      ...(token === null ? { code } : { token }),
      onToken: (issued) => keepToken(file, issued),
      version: VERSION,
      operations,
      settings: { ...connectOptions(values, signal), ...tempBytesMax(values, operations) },
      signal,
      onNote: ({ note, detail }) =>
        noted(`${note}${detail === undefined ? "" : `: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`}`),
    }).finally(async () => {
      await probes?.close();
      await close();
    });
    if (end === "revoked") throw userError("NOT_ALLOWED", "a token that was not revoked: ask for a new enrolment code");
    return 0;
  },
};
export default command;
