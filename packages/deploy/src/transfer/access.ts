/** Who may enter a cluster, read from its objects, and which of these ways are the operator's. Pure. */
import { z } from "zod";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Access } from "./document.ts";

/** Who the operator is, in the words of each place that lets people in. */
export type Operator = {
  /** As `User ops@operator.example`, `Group operator:admins`, `ServiceAccount namespace/name`. */
  subjects: readonly string[];
  /** Domain of its people's addresses. */
  domain: string | null;
};

const Subject = z.looseObject({ kind: z.string(), name: z.string(), namespace: z.string().optional() });
const Binding = z.looseObject({
  subjects: z.array(Subject).default([]),
  roleRef: z.looseObject({ kind: z.string(), name: z.string() }),
});
type Subject = z.infer<typeof Subject>;

const textOf = ({ kind, name, namespace }: Subject, home: string): string =>
  kind === "ServiceAccount" ? `ServiceAccount ${namespace ?? home}/${name}` : `${kind} ${name}`;

/** Whether an address is one of the operator's people, of its domain or one below it. */
export const isOfDomain = (address: string, { domain }: Operator): boolean => {
  const [, host = ""] = /@([^@]+)$/.exec(address.toLowerCase()) ?? [];
  return domain !== null && (host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`));
};

export const isOperators = (who: string, operator: Operator): boolean =>
  operator.subjects.includes(who) || (who.startsWith("User ") && isOfDomain(who, operator));

/** What belongs to Kubernetes itself: its own controllers, nodes and masters. */
const isOwn = (who: string): boolean => /^(User|Group) system:/.test(who) || who.startsWith("ServiceAccount kube-");

/** Ways in that bindings give: all of the namespace, and of the cluster those that are not Kubernetes' own. */
export const accessesOf = (objects: readonly Manifest[], namespace: string, operator: Operator): Access[] =>
  objects.flatMap((object): Access[] => {
    const { kind, metadata } = object;
    if (kind === "Secret" && at(object, "type") === "kubernetes.io/service-account-token") {
      const account = metadata.annotations?.["kubernetes.io/service-account.name"] ?? "?";
      const who = `ServiceAccount ${namespace}/${account}`;
      return [
        {
          kind: "service account token",
          name: metadata.name,
          who,
          grants: "does not end by itself",
          operators: isOperators(who, operator),
        },
      ];
    }
    if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding") return [];
    const binding = Binding.parse(object);
    return binding.subjects
      .map((subject) => textOf(subject, metadata.namespace ?? namespace))
      .filter((who) => kind === "RoleBinding" || !isOwn(who))
      .map((who) => ({ kind, name: metadata.name, who, grants: binding.roleRef.name, operators: isOperators(who, operator) }));
  });

/** A binding without the operator's subjects: null when none would be left, itself when none of them is in it. */
export const withoutOperator = (binding: Manifest, namespace: string, operator: Operator): Manifest | null => {
  const { subjects } = Binding.parse(binding);
  const kept = subjects.filter((subject) => !isOperators(textOf(subject, binding.metadata.namespace ?? namespace), operator));
  if (kept.length === subjects.length) return binding;
  return kept.length === 0 ? null : { ...binding, subjects: kept };
};

/** Those of the platform's template in a cloud: who enters the account's cluster without a binding in it. */
export const cloudAccesses = (inputs: Readonly<Record<string, unknown>>): Access[] => {
  const principals = z.array(z.string()).safeParse(inputs["operator_principals"]).data ?? [];
  return principals.map((who) => ({
    kind: "cloud principal",
    name: "operator_principals",
    who,
    grants: "administers the cluster",
    operators: true,
  }));
};
