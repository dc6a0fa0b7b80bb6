/**
 * Who asks a trial cluster, and what they may: bearer tokens, and RBAC as the objects in the cluster say it
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/). Rights only add up; what nobody gives is refused.
 */
import type { May } from "./access.ts";
import type { JsonObject } from "./fields.ts";
import { mapOf, metadataOf, textIn, type Objects } from "./objects.ts";
import { refusal, type Answer } from "./requests.ts";
import { resourceOf, RESOURCES, type Resource } from "./resources.ts";

export type Person = { name: string; groups?: readonly string[] };
/** By their tokens; a test may change it while the cluster runs, as a cloud does that takes an entry away. */
export type People = Map<string, Person>;

export type Asked = { verb: string; resource: Resource; subresource: string | null; namespace: string | null; name: string | null };

/** Whoever is in it may do everything, whatever is bound: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings */
const MASTERS = "system:masters";

type Rule = { groups: string[]; resources: string[]; verbs: string[]; names: string[] };
const rule = (groups: string[], resources: string[], verbs: string[]): Rule => ({ groups, resources, verbs, names: [] });

const READ = ["get", "list", "watch"];
const WRITE = ["create", "update", "patch", "delete", "deletecollection"];
const GROUPS = ["", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "coordination.k8s.io"];
const WORKLOADS = RESOURCES.filter(({ namespaced, group }) => namespaced && GROUPS.includes(group)).map(({ plural }) => plural);
const READ_ONLY = ["limitranges", "resourcequotas", "events"];
const RBAC = "rbac.authorization.k8s.io";

const VIEW = [rule(GROUPS, [...WORKLOADS.filter((one) => one !== "secrets"), "namespaces", "pods/log"], READ)];
const EDIT = [
  ...VIEW,
  rule([""], ["secrets"], READ),
  rule(GROUPS, [...WORKLOADS.filter((one) => !READ_ONLY.includes(one)), "*/scale"], WRITE),
];

/** The roles that every cluster has for people. */
const BUILT_IN: Readonly<Record<string, readonly Rule[]>> = {
  "cluster-admin": [rule(["*"], ["*"], ["*"])],
  admin: [...EDIT, rule([RBAC], ["roles", "rolebindings"], [...READ, ...WRITE])],
  edit: EDIT,
  view: VIEW,
};

const textsIn = (map: JsonObject, key: string): string[] => {
  const value = map[key];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
};
const mapsIn = (map: JsonObject, key: string): JsonObject[] => {
  const value = map[key];
  return Array.isArray(value) ? value.map(mapOf) : [];
};

const [ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING] = [
  resourceOf("Role"),
  resourceOf("ClusterRole"),
  resourceOf("RoleBinding"),
  resourceOf("ClusterRoleBinding"),
];

const isSubject = (subject: JsonObject, { name, groups = [] }: Person): boolean => {
  const called = textIn(subject, "name") ?? "";
  switch (textIn(subject, "kind")) {
    case "User":
      return called === name;
    case "Group":
      return groups.includes(called) || called === "system:authenticated";
    case "ServiceAccount":
      return name === `system:serviceaccount:${textIn(subject, "namespace") ?? ""}:${called}`;
    default:
      return false;
  }
};

const rulesIn = (role: JsonObject): Rule[] =>
  mapsIn(role, "rules").map((one) => ({
    groups: textsIn(one, "apiGroups"),
    resources: textsIn(one, "resources"),
    verbs: textsIn(one, "verbs"),
    names: textsIn(one, "resourceNames"),
  }));

/** Rules of a role that a binding names; none where it is not there. */
const rulesOf = (objects: Objects, binding: JsonObject): readonly Rule[] => {
  const named = mapOf(binding["roleRef"]);
  const name = textIn(named, "name") ?? "";
  const isWide = textIn(named, "kind") === "ClusterRole";
  const place = isWide
    ? { resource: CLUSTER_ROLE, namespace: null, name }
    : { resource: ROLE, namespace: textIn(metadataOf(binding), "namespace"), name };
  const found = objects.find(place)?.object;
  if (found === undefined) return isWide ? (BUILT_IN[name] ?? []) : [];
  return rulesIn(found);
};

const covers = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

const allows = ({ groups, resources, verbs, names }: Rule, { verb, resource, subresource, name }: Asked): boolean =>
  covers(groups, resource.group) &&
  covers(verbs, verb) &&
  (names.length === 0 || (name !== null && names.includes(name))) &&
  (subresource === null
    ? covers(resources, resource.plural)
    : covers(resources, `${resource.plural}/${subresource}`) || resources.includes(`*/${subresource}`));

const mayDo = (objects: Objects, person: Person, asked: Asked): boolean => {
  // The right to read one namespace can be given in it.
  const within = asked.resource.plural === "namespaces" ? asked.name : asked.namespace;
  const bindings = [...objects.list(CLUSTER_ROLE_BINDING, null), ...(within === null ? [] : objects.list(ROLE_BINDING, within))].filter(
    (binding) => mapsIn(binding, "subjects").some((subject) => isSubject(subject, person)),
  );
  return bindings.some((binding) => rulesOf(objects, binding).some((one) => allows(one, asked)));
};

const sentence = ({ verb, resource, subresource, namespace, name }: Asked, who: string): string => {
  const what = `${resource.plural}${subresource === null ? "" : `/${subresource}`}`;
  const where = namespace === null ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `${what}${name === null ? "" : ` "${name}"`} is forbidden: User "${who}" cannot ${verb} resource "${what}" in API group "${resource.group}" ${where}`;
};

/** What an API server answers to who must not: 401 to strangers, 403 to whom nothing gives the right; null where the request may go on. `asked` is null for what is about the cluster itself, which all who are known may see. */
export const refused = (objects: Objects, people: People, authorization: string | undefined, asked: Asked | null): Answer | null => {
  const [, token] = /^Bearer (.+)$/.exec(authorization ?? "") ?? [];
  const person = token === undefined ? undefined : people.get(token);
  if (person === undefined) return refusal(401, "Unauthorized", "Unauthorized");
  if (asked === null || person.groups?.includes(MASTERS) === true || mayDo(objects, person, asked)) return null;
  return refusal(403, "Forbidden", sentence(asked, person.name));
};

const RBAC_KINDS = [ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING];

/** Each thing that a rule allows. */
const allowedBy = ({ groups, resources, verbs }: Rule, namespace: string | null): Asked[] =>
  groups.flatMap((group) =>
    resources.flatMap((one) => {
      const [plural = "", subresource = null] = one.split("/");
      const resource = { group, version: "", plural, kind: "", namespaced: true };
      // The right to read one namespace is given in it.
      return verbs.map((verb) => ({ verb, resource, subresource, namespace, name: plural === "namespaces" ? namespace : null }));
    }),
  );

type Giving = { resource: Resource; namespace: string | null; name: string };

/** Nobody gives what he has not, unless he may bind or escalate: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping */
export const escalation = (
  objects: Objects,
  people: People,
  authorization: string | undefined,
  at: Giving,
  body: JsonObject,
): Answer | null => {
  const { resource, namespace, name } = at;
  const [, token = ""] = /^Bearer (.+)$/.exec(authorization ?? "") ?? [];
  const person = people.get(token);
  if (person === undefined || !RBAC_KINDS.includes(resource) || person.groups?.includes(MASTERS) === true) return null;
  const isBinding = resource === ROLE_BINDING || resource === CLUSTER_ROLE_BINDING;
  const named = mapOf(body["roleRef"]);
  const role = textIn(named, "kind") === "ClusterRole" ? CLUSTER_ROLE : ROLE;
  const above: Asked = isBinding
    ? { verb: "bind", resource: role, subresource: null, namespace, name: textIn(named, "name") }
    : { verb: "escalate", resource, subresource: null, namespace, name };
  const rules = isBinding ? rulesOf(objects, { ...body, metadata: { ...metadataOf(body), namespace } }) : rulesIn(body);
  const missing = rules.flatMap((one) => allowedBy(one, namespace)).find((asked) => !mayDo(objects, person, asked));
  return missing === undefined || mayDo(objects, person, above)
    ? null
    : refusal(
        403,
        "Forbidden",
        `${resource.plural}.${RBAC} "${name}" is forbidden: user "${person.name}" is attempting to grant RBAC permissions not currently held: ${missing.verb} ${missing.resource.plural}`,
      );
};

/** What somebody may do, as reviews ask it; nothing for strangers. */
export const mayOf =
  (objects: Objects, people: People, authorization: string | undefined): May =>
  ({ verb, group, resource: wanted, namespace, name = null }) => {
    const [plural = "", subresource = null] = wanted.split("/");
    const resource = RESOURCES.find((one) => one.group === group && one.plural === plural) ?? {
      group,
      version: "",
      plural,
      kind: "",
      namespaced: true,
    };
    return refused(objects, people, authorization, { verb, resource, subresource, namespace, name }) === null;
  };
