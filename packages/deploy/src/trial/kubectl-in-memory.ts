/**
 * What `Kubectl` promises, kept in a map: for tests of who asks when, and who is slow. It refuses a version that is not the newest, as an
 * API server does; what kubectl and a server do besides is tried with the real one (`tools.ts`).
 */
import { Manifest } from "../kubernetes/manifest.ts";
import type { Kubectl } from "../cluster/kubectl.ts";

const NOT_ASKED = () => Promise.reject(new Error("nothing that is tested here asks this"));

export type KubectlInMemory = {
  kubectl: Kubectl;
  /** Every request waits for `held`, and fails while the server `isAway`; `aheadMs`: its clock beside that of who asks. */
  server: { held: Promise<void>; isAway: boolean; asked: number; aheadMs: number };
  /** Writes an object as somebody else would. */
  put: (object: object) => void;
};

const keyOf = (kind: string, name: string): string => `${kind.replace(/s?(\..*)?$/, "").toLowerCase()}/${name}`;

export const kubectlInMemory = (namespace = "quality"): KubectlInMemory => {
  const kept = new Map<string, Manifest>();
  const server: KubectlInMemory["server"] = { held: Promise.resolve(), isAway: false, asked: 0, aheadMs: 0 };
  let version = 0;
  const put = (object: object): Manifest => {
    const given = Manifest.parse(object);
    const next = { ...given, metadata: { ...given.metadata, resourceVersion: String(++version) } };
    kept.set(keyOf(given.kind, given.metadata.name), next);
    return next;
  };
  const answered = async <T>(answer: () => T): Promise<T> => {
    server.asked++;
    await server.held;
    if (server.isAway) throw new Error("nobody answers");
    return answer();
  };
  const at = ({ kind, metadata }: Manifest): Manifest | undefined => kept.get(keyOf(kind, metadata.name));
  return {
    server,
    put: (object) => void put(object),
    kubectl: {
      access: { kubeconfig: null, context: null, namespace },
      run: NOT_ASKED,
      raw: NOT_ASKED,
      now: () => answered(() => new Date(Date.now() + server.aheadMs)),
      list: (kinds, { selector = "" } = {}) =>
        answered(() => {
          const those = new Set(kinds.split(",").map((kind) => keyOf(kind, "")));
          const labels = selector === "" ? [] : selector.split(",").map((label) => label.split("="));
          const isWanted = ({ kind, metadata }: Manifest): boolean =>
            those.has(keyOf(kind, "")) && labels.every(([key = "", value]) => metadata.labels?.[key] === value);
          return [...kept.values()].filter(isWanted);
        }),
      get: (kind, name, within = namespace) =>
        answered(() => {
          const found = kept.get(keyOf(kind, name)) ?? null;
          return (found?.metadata.namespace ?? within) === within ? found : null;
        }),
      apply: (object) => answered(() => put(object)),
      create: (object) => answered(() => at(Manifest.parse(object)) === undefined && put(object) !== null),
      replace: (object) =>
        answered(() => {
          const given = Manifest.parse(object);
          return at(given)?.metadata["resourceVersion"] === given.metadata["resourceVersion"] && put(object) !== null;
        }),
      remove: (kind, name) => answered(() => void kept.delete(keyOf(kind, name))),
    },
  };
};
