/** Whether the FQDN leads to the ingress: as this machine knows it, and as pods do. */
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import { toErrorInfo } from "@touchstone/core/errors";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import { isOwn } from "./amounts.ts";
import type { Check } from "./check.ts";
import type { Ground } from "./ground.ts";
import { answersAbout } from "./probe.ts";

const ID = "name";

export type NameFacts = {
  fqdn: string;
  /** Addresses, as this machine knows them. */
  here: readonly string[];
  /** What a pod saw, or why none did. */
  inside: Reached | string;
  /** Addresses that the ingress of an installation says it has; none where there is none yet. */
  entrance: readonly string[];
};

const RECORD =
  "make a record for it that leads to the ingress controller's address (kubectl get service --all-namespaces, or the Gateway's)";

const hereFindings = ({ fqdn, here, entrance }: NameFacts, isKnownInside: boolean): Finding[] => {
  if (here.length === 0)
    return isKnownInside
      ? [note(ID, `${fqdn} is known inside the cluster, and not here`, "a name that everybody knows who uses it", RECORD)]
      : [problem(ID, `${fqdn} is not known here`, "a name that resolves", RECORD)];
  if (entrance.length > 0 && !here.some((address) => entrance.includes(address)))
    return [
      note(
        ID,
        `${fqdn} leads to ${here.join(", ")}, and the ingress is at ${entrance.join(", ")}`,
        "the ingress, or a proxy in front of it",
        `if there is no proxy between: ${RECORD}`,
      ),
    ];
  return [ok(ID, `${fqdn} is ${here.join(", ")}${entrance.length > 0 ? ", where the ingress is" : ""}`)];
};

/** Before an installation nothing of ours answers there, and the certificate is whatever the controller has. */
const insideFinding = (fqdn: string, { stopped, reason, addresses }: Reached, isInstalled: boolean): Finding => {
  const told = `from inside, ${fqdn}${addresses.length === 0 ? "" : ` (${addresses.join(", ")})`}: ${reason ?? "it answers"}`;
  if (stopped === "name") return problem(ID, told, "a name that pods know too", "make it known to the cluster's DNS");
  if (stopped === "connection")
    return note(
      ID,
      told,
      "the ingress",
      "where people get there, the network keeps pods from it: networkPolicy.entrance in values lets the check by",
    );
  return stopped === null || !isInstalled
    ? ok(ID, `from inside, ${addresses.join(", ")} answers`)
    : note(
        ID,
        told,
        "this installation, with a good certificate",
        "look at the certificate, and whether the ingress routes /api to the API",
      );
};

export const judgeName = (facts: NameFacts): Finding[] => {
  const { fqdn, inside, entrance } = facts;
  if (typeof inside === "string") return [...hereFindings(facts, false), unseen(ID, `from inside: ${inside}`)];
  const known = inside.stopped !== "name";
  return [...hereFindings(facts, known), ...(known || facts.here.length > 0 ? [insideFinding(fqdn, inside, entrance.length > 0)] : [])];
};

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Addresses of the Ingress of the release; a name of a load balancer is followed. */
const entranceOf = async ({ site: { kubectl, deployment }, within, namespace, resolve }: Ground): Promise<string[]> => {
  if ((await namespace()) === null) return [];
  const own = (await within("ingresses.networking.k8s.io")).filter((one: Manifest) =>
    isOwn(one, kubectl.access.namespace, deployment.name),
  );
  const entries = own.flatMap((one) => list(at(one, "status", "loadBalancer", "ingress")));
  const texts = entries.flatMap((entry) => [at(entry, "ip"), at(entry, "hostname")]).filter((value) => typeof value === "string");
  return (await Promise.all(texts.map(async (one) => (/[a-z]/i.test(one) && !one.includes(":") ? resolve(one) : [one])))).flat();
};

const seenInside = async ({ inside }: Ground): Promise<Reached | string> => {
  try {
    const ends = await inside();
    const [check, worker] = (["check", "worker"] as const).map((role) => answersAbout(ends, role, "https"));
    return (typeof check === "object" ? check[0] : undefined) ?? (typeof worker === "object" ? worker[0] : undefined) ?? String(check);
  } catch (thrown) {
    return toErrorInfo(thrown).what;
  }
};

export const name: Check = {
  id: ID,
  looks: "the FQDN, from here and from a pod, beside the address that the Ingress of an installation has",
  needs: "a name that resolves, here and inside, to the ingress (or a proxy in front of it: a note)",
  look: async (ground) => {
    const { fqdn } = ground.site.deployment;
    const [here, inside, entrance] = await Promise.all([ground.resolve(fqdn), seenInside(ground), entranceOf(ground)]);
    return judgeName({ fqdn, here, inside, entrance });
  },
};
