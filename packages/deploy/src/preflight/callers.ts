/** Whether those that the network policies let in are there: a controller in another namespace than is written would get no answer. */
import { ok, problem, type Finding } from "@touchstone/core/model/finding";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";

const ID = "callers";
const COMPONENT = "app.kubernetes.io/component";

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Who may call the API from other namespaces, as the rendered policy says; null where no policy says anything. */
export const callersIn = (objects: readonly Manifest[]): unknown[] | null => {
  const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.labels?.[COMPONENT] === "control-plane");
  if (policy === undefined) return null;
  const peers = list(at(policy, "spec", "ingress")).flatMap((rule) => list(at(rule, "from")));
  return peers.filter((peer) => at(peer, "namespaceSelector") !== undefined || at(peer, "ipBlock") !== undefined);
};

const nameIn = (peer: unknown): unknown => at(peer, "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name");

export const judgeCallers = (callers: readonly unknown[] | null, namespaces: readonly string[]): Finding => {
  if (callers === null) return ok(ID, "no network policy keeps anybody from the API");
  const names = callers.map(nameIn).filter((name) => typeof name === "string");
  const there = names.filter((name) => namespaces.includes(name));
  if (there.length > 0) return ok(ID, `let in from ${there.join(", ")}`);
  if (names.length < callers.length) return ok(ID, `let in by ${callers.length - names.length} rules of the values' own`);
  return problem(
    ID,
    names.length === 0
      ? "the network policies let nobody in"
      : `the network policies let in from ${names.join(", ")}, and there is no such namespace`,
    "the namespace in which the ingress controller runs",
    "say networkPolicy.callers in values of deployment.yaml",
  );
};

export const callers: Check = {
  id: ID,
  looks: "the namespaces from which the network policies let the API be called",
  needs: "one that is there: that of the ingress controller",
  look: async ({ rendered, site: { kubectl } }) => [
    judgeCallers(
      callersIn(await rendered()),
      (await kubectl.list("namespaces")).map(({ metadata }) => metadata.name),
    ),
  ],
};
