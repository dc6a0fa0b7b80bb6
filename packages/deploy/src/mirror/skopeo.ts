/** Skopeo as a program: it copies images byte for byte, with the logins a person has (`skopeo login`, `docker login`), and runs no daemon. */
import { userError } from "@touchstone/core/errors";
import { programPath, runProgram, type Ended } from "../cluster/program.ts";
import { sha256Of } from "../deployment/digest.ts";

const NEEDS = "1.7 or newer";

export type SkopeoOptions = {
  /** Registries that answer by http: on the loopback, or behind something else that is trusted. */
  plainHttp: boolean;
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
};

export type Skopeo = {
  /** The manifest, or the list of manifests, of an image; null where there is none of that name. */
  manifestOf: (reference: string) => Promise<string | null>;
  /** Its digest. */
  digestOf: (reference: string) => Promise<string | null>;
  /** Copies all platforms of an image as they are. Throws TOOL_FAILED where the other end would have to change it. */
  copy: (from: string, to: string) => Promise<void>;
};

const isAbsent = ({ stderr }: Ended): boolean =>
  /manifest unknown|name unknown|not known|does not exist|no such file|NAME_UNKNOWN|MANIFEST_UNKNOWN|not resolve to an image/i.test(stderr);

/** `time="…" level=fatal msg="…"`, and within that what a person has to know. */
const reasonOf = ({ stderr, status }: Ended): string =>
  stderr
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^time="[^"]*" level=\w+ msg="?/, "")
    .replace(/"$/, "")
    .replaceAll('\\"', '"') || `exit status ${status}`;

/** Finds skopeo. Throws TOOL_MISSING. */
export const openSkopeo = ({ plainHttp, signal, env = process.env }: SkopeoOptions): Skopeo => {
  const path = programPath("skopeo", NEEDS, env);
  const verify = String(!plainHttp);
  const run = async (args: readonly string[]): Promise<Ended> => {
    const ended = await runProgram(path, args, { env, signal });
    if (signal.aborted) throw userError("ABORTED");
    return ended;
  };
  const manifestOf: Skopeo["manifestOf"] = async (reference) => {
    const ended = await run(["inspect", "--raw", `--tls-verify=${verify}`, reference]);
    if (ended.status === 0) return ended.stdout;
    if (isAbsent(ended)) return null;
    throw userError("TOOL_FAILED", "skopeo", `read ${reference}`, reasonOf(ended));
  };
  return {
    manifestOf,
    digestOf: async (reference) => {
      const manifest = await manifestOf(reference);
      return manifest === null ? null : sha256Of(manifest);
    },
    copy: async (from, to) => {
      const tls = [`--src-tls-verify=${verify}`, `--dest-tls-verify=${verify}`];
      const ended = await run(["copy", "--quiet", "--all", "--preserve-digests", ...tls, from, to]);
      if (ended.status !== 0) throw userError("TOOL_FAILED", "skopeo", `copy ${from} to ${to}`, reasonOf(ended));
    },
  };
};
