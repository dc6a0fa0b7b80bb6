/**
 * Whether who asks may do what an installation does: a SelfSubjectAccessReview for each verb on each kind, all in one run of kubectl.
 * (SelfSubjectRulesReview is one request, and by its own words incomplete where rights come from a webhook, as on GKE.)
 */
import { ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import { FIELD_MANAGER, type Kubectl } from "../cluster/kubectl.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";

const ID = "rights";

export type Right = {
  verb: string;
  group: string;
  resource: string;
  name?: string;
  namespace: string | null;
  /** For the right to bind a role: the binding, which whoever has all that the role gives may make without that right. */
  binding?: Manifest;
};

/** What helm does with every object of a release. */
const CHANGING = ["get", "create", "patch", "update", "delete"];
/** What it watches while it waits for them, and what we do to look from inside. */
const WATCHING = ["get", "list", "watch"];

const ALWAYS: readonly { group: string; resource: string; verbs: readonly string[] }[] = [
  // The release itself is a Secret for each revision.
  { group: "", resource: "secrets", verbs: [...CHANGING, "list"] },
  { group: "", resource: "pods", verbs: WATCHING },
  { group: "", resource: "pods/log", verbs: ["get"] },
  { group: "", resource: "events", verbs: ["list"] },
  { group: "apps", resource: "replicasets", verbs: WATCHING },
  { group: "batch", resource: "jobs", verbs: [...CHANGING, "list", "watch"] },
  { group: "coordination.k8s.io", resource: "leases", verbs: ["get", "create", "update"] },
  { group: "networking.k8s.io", resource: "networkpolicies", verbs: [...CHANGING, "list"] },
  { group: "", resource: "persistentvolumeclaims", verbs: ["get", "list", "create", "patch", "delete"] },
  { group: "", resource: "serviceaccounts", verbs: [...CHANGING, "list"] },
];

const CLUSTER_WIDE = new Set(["ClusterRoleBinding", "ClusterRole", "ClusterIssuer"]);

/** Kinds whose plural is not made with an s. */
const PLURALS: Readonly<Record<string, string>> = {
  Ingress: "ingresses",
  NetworkPolicy: "networkpolicies",
  HTTPRoute: "httproutes",
  SecretProviderClass: "secretproviderclasses",
};
const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");
const pluralOf = (kind: string): string => PLURALS[kind] ?? `${kind.toLowerCase()}s`;

const textsAt = (value: unknown, ...keys: string[]): string[] => {
  const list = at(value, ...keys);
  return Array.isArray(list) ? list.map(String) : [];
};

/** Who makes a role must have what it gives. To bind that role then needs nothing more. */
const givenBy = (role: Manifest, namespace: string): Right[] => {
  const rules: unknown = at(role, "rules");
  return (Array.isArray(rules) ? rules : []).flatMap((rule) =>
    textsAt(rule, "apiGroups").flatMap((group) =>
      textsAt(rule, "resources").flatMap((resource) => textsAt(rule, "verbs").map((verb) => ({ verb, group, resource, namespace }))),
    ),
  );
};

/** Whether a binding is of a role that the cluster has. */
const isOfCluster = (binding: Manifest): boolean => at(binding, "roleRef", "kind") === "ClusterRole";

const bindRight = (binding: Manifest, namespace: string): Right => ({
  verb: "bind",
  group: "rbac.authorization.k8s.io",
  resource: "clusterroles",
  name: String(at(binding, "roleRef", "name")),
  namespace: binding.kind === "ClusterRoleBinding" ? null : namespace,
  binding,
});

/** Everything that an installation of these objects needs, each right once. */
export const neededRights = (objects: readonly Manifest[], namespace: string, hasNamespace: boolean): Right[] => {
  const rights: Right[] = [
    ...(hasNamespace ? [] : [{ verb: "create", group: "", resource: "namespaces", namespace: null }]),
    ...ALWAYS.flatMap(({ group, resource, verbs }) => verbs.map((verb) => ({ verb, group, resource, namespace }))),
    ...objects.flatMap(({ apiVersion, kind }) =>
      CHANGING.map((verb) => ({
        verb,
        group: groupOf(apiVersion),
        resource: pluralOf(kind),
        namespace: CLUSTER_WIDE.has(kind) ? null : namespace,
      })),
    ),
    ...objects.filter(({ kind }) => kind === "Role").flatMap((role) => givenBy(role, namespace)),
    ...objects
      .filter((object) => object.kind.endsWith("RoleBinding") && isOfCluster(object))
      .map((binding) => bindRight(binding, namespace)),
  ];
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
};

const reviewOf = ({ verb, group, resource, name, namespace }: Right) => {
  const [plural = "", subresource] = resource.split("/");
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: {
      resourceAttributes: {
        verb,
        group,
        resource: plural,
        ...(subresource === undefined ? {} : { subresource }),
        ...(name === undefined ? {} : { name }),
        ...(namespace === null ? {} : { namespace }),
      },
    },
  };
};

/** Whether a binding may be made, by one that is not kept: a review of access does not tell who may bind a role for having all of it. */
const mayMake = async (kubectl: Kubectl, binding: Manifest, signal: AbortSignal): Promise<boolean> => {
  const args = ["apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager", FIELD_MANAGER, "-f", "-"];
  return (await kubectl.run(args, { input: JSON.stringify(binding), signal })).status === 0;
};

/** Which of them one has, in their order. A review that was not answered counts as null. */
export const answersTo = async (kubectl: Kubectl, rights: readonly Right[], signal: AbortSignal): Promise<(boolean | null)[]> => {
  const list = { apiVersion: "v1", kind: "List", items: rights.map(reviewOf) };
  const args = ["create", "--validate=false", "-f", "-", "-o", 'jsonpath={.status.allowed}{"\\n"}'];
  const { stdout } = await kubectl.run(args, { input: JSON.stringify(list), signal });
  const lines = stdout.split("\n").slice(0, -1);
  const answers = rights.map((_, index) => (lines.length === rights.length ? lines[index] === "true" : null));
  return Promise.all(
    rights.map(async ({ binding }, index) => {
      const answer = answers[index] ?? null;
      return answer === false && binding !== undefined ? mayMake(kubectl, binding, signal) : answer;
    }),
  );
};

const titleOf = ({ group, resource, name }: Right): string =>
  `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` ${name}`}`;

/** Refused rights, by what they are of. */
export const judgeRights = (rights: readonly Right[], answers: readonly (boolean | null)[], namespace: string): Finding[] => {
  if (answers.some((answer) => answer === null)) return [unseen(ID, "the API server answered not every review of access")];
  const refused = rights.filter((_, index) => answers[index] === false);
  if (refused.length === 0) return [ok(ID, `all ${rights.length} that an installation needs`)];
  const titles = [...new Set(refused.map(titleOf))];
  return titles.map((title) => {
    const of = refused.filter((right) => titleOf(right) === title);
    const isWide = of.every((right) => right.namespace === null);
    const verbs = of.map(({ verb }) => verb).join(", ");
    return problem(
      ID,
      `you may not ${verbs} ${title}${isWide ? " in the cluster" : ""}`,
      isWide ? "these rights in the whole cluster" : `these rights in ${namespace}`,
      isWide
        ? title === "namespaces"
          ? `ask who may for the namespace: kubectl create namespace ${namespace}`
          : "ask who administers the cluster to do it, or leave out what needs it"
        : `ask who may: kubectl -n ${namespace} create rolebinding touchstone-deploy --clusterrole=admin --user=YOU; kinds of operators need a role of their own`,
    );
  });
};

export const rights: Check = {
  id: ID,
  looks: "SelfSubjectAccessReviews for each verb that helm and these commands use on each kind of the chart",
  needs: "all of them; the built-in role admin of the namespace has them for everything but the kinds of operators",
  look: async (ground) => {
    const { namespace } = ground.site.kubectl.access;
    const needed = neededRights(await ground.rendered(), namespace, (await ground.namespace().catch(() => null)) !== null);
    return judgeRights(needed, await answersTo(ground.site.kubectl, needed, ground.site.signal), namespace);
  },
};
