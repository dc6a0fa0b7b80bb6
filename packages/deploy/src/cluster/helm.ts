/** Helm as a program: values by its standard input, folders of its own, JSON where it has some. Helm 3.17 and 4 alike. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { certainHidden } from "../support/secret-shapes.ts";
import { isWithoutRight, type Access } from "./kubectl.ts";
import { programPath, runProgram, type Ended, type RunOptions } from "./program.ts";

const NEEDS = "3.17 or newer, or 4";

const Release = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  version: z.number(),
  info: z.looseObject({
    status: z.string(),
    last_deployed: z.string().optional(),
    description: z.string().optional(),
    notes: z.string().optional(),
  }),
});
/** A release as helm knows it. `info.status` is deployed, failed, pending-install, pending-upgrade, pending-rollback, superseded or uninstalling. */
export type Release = z.infer<typeof Release>;

const Revision = z.looseObject({
  revision: z.number(),
  updated: z.string(),
  status: z.string(),
  chart: z.string(),
  app_version: z.string(),
  description: z.string(),
});
export type Revision = z.infer<typeof Revision>;

export type Helm = {
  /** Major version of the program: 3 or 4, which spell some flags otherwise. */
  major: number;
  /** Any command, with namespace and context; `values` are given as `--values -`. Does not throw on a status. */
  run: (args: readonly string[], options?: { values?: object; signal?: AbortSignal; onLine?: (line: string) => void }) => Promise<Ended>;
  /** As `run`, and throws TOOL_FAILED with helm's own reason. */
  good: (
    doing: string,
    args: readonly string[],
    options?: { values?: object; signal?: AbortSignal; onLine?: (line: string) => void },
  ) => Promise<Ended>;
  /** Null when there is no such release. */
  status: (release: string) => Promise<Release | null>;
  /** Newest last; none when there is no such release. */
  history: (release: string) => Promise<Revision[]>;
  /** Removes its folders. */
  close: () => Promise<void>;
};

/** What a schema of a chart refuses comes under a heading, under the name of each chart, with whole patterns. */
const HEADING = /values don't meet the specifications of the schema\(s\) in the following chart\(s\):; /;
const PATTERN = /does not match pattern '.*?'(?=; |$)/g;
const ofSchema = (reason: string): string =>
  HEADING.test(reason)
    ? reason
        .replace(HEADING, "these values are not of the form that its schema asks for: ")
        .replace(/(?<=^|: |; )[\w-]+:; - /g, "")
        .replaceAll("; - at ", "; at ")
        .replace(PATTERN, "is of another form than values.schema.json has there")
    : reason;

/** What helm says went wrong, on one line and without its prefixes. */
export const helmReason = ({ stderr, stdout, status }: Ended): string =>
  certainHidden(
    ofSchema(
      (stderr.trim() || stdout.trim() || `exit status ${status}`)
        .split("\n")
        .filter((line) => !/^(WARNING|level=|I\d{4} |W\d{4} )/.test(line))
        .join("; ")
        .replace(/^Error: ((UPGRADE|INSTALLATION) FAILED: )?/, ""),
    ),
  );

/** Of the cluster: a registry of charts may be out of reach too, in other words. */
const OUT_OF_REACH = /kubernetes cluster unreachable: /i;

/** What changes a release: it must not go on alone when the command is killed, for the next one puts right what it finds. */
const CHANGING = new Set(["install", "upgrade", "rollback", "uninstall", "test"]);

/** The oldest minor version of each major one: the life of a release is tried with 3.17 and with 4.1. */
const OLDEST: Readonly<Record<number, number>> = { 3: 17, 4: 0 };

/** Throws TOOL_OLD, TOOL_FAILED. */
const majorOf = async (path: string, env: NodeJS.ProcessEnv): Promise<number> => {
  const ended = await runProgram(path, ["version", "--template", "{{.Version}}"], { env });
  const [, version = "", major, minor] = /^v((\d+)\.(\d+)\.[\w.+-]+)/.exec(ended.stdout.trim()) ?? [];
  if (ended.status !== 0 || major === undefined) throw userError("TOOL_FAILED", "helm", "tell its version", helmReason(ended));
  const oldest = OLDEST[Number(major)] ?? (Number(major) < 3 ? Infinity : 0);
  if (Number(minor) < oldest) throw userError("TOOL_OLD", "helm", version, NEEDS);
  return Number(major);
};

/** Finds helm and asks its version. Throws TOOL_MISSING, TOOL_OLD, TOOL_FAILED. */
export const openHelm = async (access: Access, env: NodeJS.ProcessEnv = process.env): Promise<Helm> => {
  const path = programPath("helm", NEEDS, env);
  const home = await mkdtemp(join(tmpdir(), "touchstone-helm-"));
  const environment: NodeJS.ProcessEnv = {
    ...env,
    HELM_CACHE_HOME: join(home, "cache"),
    HELM_DATA_HOME: join(home, "data"),
    // Where helm keeps a release by default: it is the same release for whoever asks, and Secrets are what a release is read from here.
    HELM_DRIVER: "secret",
    // Logins to registries are a person's own: they are in the configuration folder, which stays.
    ...(access.kubeconfig === null ? {} : { KUBECONFIG: access.kubeconfig }),
  };
  const where = [...(access.context === null ? [] : ["--kube-context", access.context]), "--namespace", access.namespace];

  const run: Helm["run"] = (args, options = {}) => {
    const { values, ...rest } = options;
    const tied = CHANGING.has(args[0] ?? "");
    // As Helm reads it: YAML 1.1, in which `yes` is no word.
    const given: RunOptions = { ...rest, tied, ...(values === undefined ? {} : { input: stringify(values, { version: "1.1" }) }) };
    return runProgram(path, [...args, ...(values === undefined ? [] : ["--values", "-"]), ...where], { ...given, env: environment });
  };
  const failed = (ended: Ended, doing: string) => {
    const reason = helmReason(ended);
    if (OUT_OF_REACH.test(reason)) return userError("CLUSTER_UNREACHABLE", access.context ?? "(current)", reason.replace(OUT_OF_REACH, ""));
    return isWithoutRight(reason) ? userError("CLUSTER_FORBIDDEN", doing, reason) : userError("TOOL_FAILED", "helm", doing, reason);
  };
  const good: Helm["good"] = async (doing, args, options) => {
    const ended = await run(args, options);
    if (ended.status !== 0) throw failed(ended, doing);
    return ended;
  };
  const orNone = async (doing: string, args: readonly string[]): Promise<unknown> => {
    const ended = await run(args);
    if (ended.status === 0) return JSON.parse(ended.stdout);
    if (/release: not found/.test(ended.stderr)) return null;
    throw failed(ended, doing);
  };
  const close = (): Promise<void> => rm(home, { recursive: true, force: true });
  const major = await majorOf(path, environment).catch(async (thrown: unknown) => {
    await close();
    throw thrown;
  });
  return {
    major,
    run,
    good,
    status: async (release) => {
      const found = await orNone(`read release ${release}`, ["status", release, "-o", "json"]);
      return found === null ? null : Release.parse(found);
    },
    history: async (release) => {
      const found = await orNone(`read the history of ${release}`, ["history", release, "-o", "json"]);
      return found === null ? [] : z.array(Revision).parse(found);
    },
    close,
  };
};
