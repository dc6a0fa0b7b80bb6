/**
 * Access to a cluster through kubectl: what a person's kubeconfig can do (contexts, plugins that log in, proxies), these commands can
 * do, and nothing more. docs/decisions/0019.
 */
import { userError } from "@touchstone/core/errors";
import { Manifest } from "../kubernetes/manifest.ts";
import { certainHidden } from "../support/secret-shapes.ts";
import { programPath, runProgram, type Ended, type RunOptions } from "./program.ts";

const REQUEST_TIMEOUT = "30s";
/** An object that something still holds (a volume by a pod, a finalizer) is waited for so long; kubectl would wait for a week. */
const DELETE_TIMEOUT = "120s";
/** Who changes fields: conflicts with others are by this name. */
export const FIELD_MANAGER = "touchstone-deploy";
const NEEDS = "1.30 or newer";

export type Access = {
  /** Path of a kubeconfig; kubectl's own search (KUBECONFIG, ~/.kube/config, a pod's token) where null. */
  kubeconfig: string | null;
  /** Null: the current one. */
  context: string | null;
  namespace: string;
};

export type Kubectl = {
  access: Access;
  /** Any command; `--context`, `--namespace` and a time limit are added. Does not throw on a status. */
  run: (args: readonly string[], options?: Pick<RunOptions, "input" | "signal" | "output">) => Promise<Ended>;
  /** An object; null when there is none of that name, or no such kind. */
  get: (kind: string, name: string, namespace?: string) => Promise<Manifest | null>;
  /** Objects of a kind, or of kinds joined by commas; none where the cluster has no such kind. `null` as namespace: all. */
  list: (kinds: string, options?: { selector?: string; namespace?: string | null }) => Promise<Manifest[]>;
  /** Server-side apply under our field manager; a conflict with another owner is an error. */
  apply: (object: object) => Promise<Manifest>;
  /** False when one of that name is there already. */
  create: (object: object) => Promise<boolean>;
  /** Replaces it if it is still of the `resourceVersion` it carries; false when somebody was faster. */
  replace: (object: object) => Promise<boolean>;
  /** Waits until it is gone, for two minutes at most. Nothing is done where there is none. */
  remove: (kind: string, name: string) => Promise<void>;
  /** A path of the API, such as /version. Null when it is not there. */
  raw: (path: string) => Promise<unknown>;
  /** The API server's clock, to a second: that of no machine that asks. Needs the right to create Leases; none is made. */
  now: () => Promise<Date>;
};

/** Never made: of an object that it only tries, the server says when it would have been made. */
const clockProbe = (namespace: string) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "touchstone-clock", namespace },
});
const ASK_TIME = ["create", "-f", "-", "--dry-run=server", "--validate=false", "-o", "json"];
/** The server tells whole seconds, cut off. */
const HALF_SECOND_MS = 500;

const timeIn = (answer: string): Date => {
  const ms = Date.parse(String(Manifest.parse(JSON.parse(answer)).metadata["creationTimestamp"]));
  if (Number.isNaN(ms)) throw userError("TOOL_FAILED", "kubectl", "ask for the time", "the API server does not tell it");
  return new Date(ms + HALF_SECOND_MS);
};

const isAbsent = ({ stderr }: Ended): boolean => /\(NotFound\)|doesn't have a resource type/.test(stderr);
const isTaken = ({ stderr }: Ended): boolean => /\(AlreadyExists\)/.test(stderr);
const isConflict = ({ stderr }: Ended): boolean => /\(Conflict\)|the object has been modified/.test(stderr);
const isOutOfReach = ({ stderr }: Ended): boolean =>
  /Unable to connect|error loading config file|connection refused|connection to the server .* was refused|no such host|i\/o timeout|context ".*" does not exist|Unauthorized|must be logged in|asked for the client to provide credentials/i.test(
    stderr,
  );

/** What a policy of the cluster or a quota refuses is called forbidden too. */
export const isWithoutRight = (reason: string): boolean => / is forbidden: User /.test(reason);

/** The last line kubectl said, for the others are warnings; of a conflict the first, for the others are advice about its own options. */
export const kubectlReason = ({ stderr, status }: Ended): string => {
  const lines = stderr.trim().split("\n");
  const conflict = lines.find((line) => /Apply failed with \d+ conflict/.test(line));
  return certainHidden((conflict ?? lines.at(-1) ?? "").replace(/^(error|Error from server \([^)]*\)): ?/i, "")) || `exit status ${status}`;
};

/** Finds kubectl; asks nothing yet. Throws TOOL_MISSING. */
export const openKubectl = (access: Access, env: NodeJS.ProcessEnv = process.env): Kubectl => {
  const path = programPath("kubectl", NEEDS, env);
  const environment = access.kubeconfig === null ? env : { ...env, KUBECONFIG: access.kubeconfig };
  const inContext = access.context === null ? [] : ["--context", access.context];

  const run: Kubectl["run"] = (args, options) =>
    runProgram(path, [...inContext, "--namespace", access.namespace, "--request-timeout", REQUEST_TIMEOUT, ...args], {
      ...options,
      env: environment,
    });

  const failed = (ended: Ended, doing: string) => {
    const reason = kubectlReason(ended);
    if (isOutOfReach(ended)) return userError("CLUSTER_UNREACHABLE", access.context ?? "(current)", reason);
    return isWithoutRight(reason) ? userError("CLUSTER_FORBIDDEN", doing, reason) : userError("TOOL_FAILED", "kubectl", doing, reason);
  };

  const good = async (args: readonly string[], doing: string, input?: string): Promise<Ended> => {
    const ended = await run(args, input === undefined ? {} : { input });
    if (ended.status !== 0) throw failed(ended, doing);
    return ended;
  };

  const unless = async (
    isFine: (ended: Ended) => boolean,
    args: readonly string[],
    doing: string,
    input?: string,
  ): Promise<Ended | null> => {
    const ended = await run(args, input === undefined ? {} : { input });
    if (ended.status === 0) return ended;
    if (isFine(ended)) return null;
    throw failed(ended, doing);
  };

  return {
    access,
    run,
    get: async (kind, name, namespace) => {
      const elsewhere = namespace === undefined ? [] : ["--namespace", namespace];
      const ended = await unless(isAbsent, [...elsewhere, "get", kind, name, "-o", "json"], `read ${kind} ${name}`);
      return ended === null ? null : Manifest.parse(JSON.parse(ended.stdout));
    },
    list: async (kinds, { selector, namespace } = {}) => {
      const where = namespace === null ? ["--all-namespaces"] : namespace === undefined ? [] : ["--namespace", namespace];
      const which = selector === undefined ? [] : ["--selector", selector];
      const ended = await unless(isAbsent, ["get", kinds, ...where, ...which, "-o", "json"], `list ${kinds}`);
      if (ended === null) return [];
      const { items }: { items: unknown[] } = JSON.parse(ended.stdout);
      return items.map((item) => Manifest.parse(item));
    },
    apply: async (object) => {
      const args = ["apply", "--server-side", "--field-manager", FIELD_MANAGER, "-f", "-", "-o", "json"];
      return Manifest.parse(JSON.parse((await good(args, "apply an object", JSON.stringify(object))).stdout));
    },
    create: async (object) => (await unless(isTaken, ["create", "-f", "-"], "create an object", JSON.stringify(object))) !== null,
    replace: async (object) =>
      (await unless(
        (ended) => isConflict(ended) || isAbsent(ended),
        ["replace", "-f", "-"],
        "replace an object",
        JSON.stringify(object),
      )) !== null,
    remove: async (kind, name) =>
      void (await good(["delete", kind, name, "--ignore-not-found", "--timeout", DELETE_TIMEOUT], `delete ${kind} ${name}`)),
    raw: async (path) => {
      const ended = await unless(isAbsent, ["get", "--raw", path], `read ${path}`);
      return ended === null ? null : JSON.parse(ended.stdout);
    },
    now: async () =>
      timeIn((await good(ASK_TIME, "create a Lease, to be told the time", JSON.stringify(clockProbe(access.namespace)))).stdout),
  };
};
