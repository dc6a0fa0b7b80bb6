/** Whether the cluster knows the kinds that the values switch on: those of operators come with them. */
import { ok, problem, type Finding } from "@touchstone/core/model/finding";
import type { Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";

const ID = "kinds";

type Operator = { group: RegExp; brings: string; or: string };

/** Who brings the kinds of a group, and what switches them on. */
const OPERATORS: readonly Operator[] = [
  { group: /^monitoring\.coreos\.com$/, brings: "the Prometheus operator", or: "monitoring.serviceMonitor and monitoring.rules" },
  { group: /^keda\.sh$/, brings: "KEDA", or: "autoscaling of the groups of dataplanes" },
  { group: /^gateway\.networking\.k8s\.io$/, brings: "the Gateway API and a controller of it", or: "gateway.enabled" },
  { group: /^postgresql\.cnpg\.io$/, brings: "the CloudNativePG operator", or: "store" },
  { group: /^cert-manager\.io$/, brings: "cert-manager", or: "tlsIssuer or internalIssuer (ingress.tls.issuer, internalTls.issuer)" },
];

/** APIs of Kubernetes itself have no dot, or end in k8s.io; the Gateway API does too, and is none of them. */
const isBuiltIn = (group: string): boolean => !group.includes(".") || (group.endsWith(".k8s.io") && group !== "gateway.networking.k8s.io");

export type KindFacts = { objects: readonly Manifest[]; apis: ReadonlySet<string>; hasIssuer: boolean };

export const judgeKinds = ({ objects, apis, hasIssuer }: KindFacts): Finding[] => {
  const asked = [
    ...objects.map(({ apiVersion, kind }) => ({ apiVersion, kind })),
    ...(hasIssuer ? [{ apiVersion: "cert-manager.io/v1", kind: "Certificate" }] : []),
  ].filter(({ apiVersion }) => apiVersion.includes("/") && !isBuiltIn(apiVersion.split("/")[0] ?? ""));
  const missing = asked.filter(({ apiVersion }) => !apis.has(apiVersion));
  if (missing.length === 0)
    return [ok(ID, asked.length === 0 ? "none but Kubernetes' own" : [...new Set(asked.map(({ apiVersion }) => apiVersion))].join(", "))];
  return [...new Set(missing.map(({ apiVersion }) => apiVersion))].map((apiVersion) => {
    const kindsOf = [...new Set(missing.filter((one) => one.apiVersion === apiVersion).map(({ kind }) => kind))].join(", ");
    const operator = OPERATORS.find(({ group }) => group.test(apiVersion.split("/")[0] ?? ""));
    const todo =
      operator === undefined
        ? "install the operator it belongs to, or leave it out of extraObjects"
        : `install ${operator.brings}, or change ${operator.or} in values`;
    return problem(ID, `the cluster has no ${kindsOf} of ${apiVersion}`, `${apiVersion}, which the values ask for`, todo);
  });
};

export const kinds: Check = {
  id: ID,
  looks: "the APIs that are served, against the kinds that the chart renders with these values",
  needs: "the kinds of each operator that is switched on: Prometheus operator, KEDA, Gateway API, CloudNativePG, cert-manager",
  look: async ({ rendered, apis, site: { deployment } }) =>
    judgeKinds({ objects: await rendered(), apis: await apis(), hasIssuer: deployment.tlsIssuer !== undefined }),
};
