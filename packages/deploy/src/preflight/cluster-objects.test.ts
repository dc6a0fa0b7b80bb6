/** Checks that compare names with what a cluster has: the namespace, kinds, the ingress and who may call it, backups. */
import { suite, test } from "node:test";
import type { Finding } from "@touchstone/core/model/finding";
import { Manifest } from "../kubernetes/manifest.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { judgeBackup } from "./backup.ts";
import { callersIn, judgeCallers } from "./callers.ts";
import { judgeGateway, judgeIngressClass } from "./ingress.ts";
import { judgeKinds } from "./kinds.ts";
import { judgeNamespace } from "./pod-security.ts";

const object = (apiVersion: string, kind: string, name: string, more: object = {}, metadata: object = {}) =>
  Manifest.parse({ apiVersion, kind, metadata: { name, ...metadata }, ...more });
const cases = (subject: string, all: Readonly<Record<string, [findings: () => readonly Finding[], expected: Expected]>>): void =>
  void suite(subject, () => {
    for (const [what, [findings, expected]] of Object.entries(all)) test(what, () => expectFindings(findings(), expected));
  });

const enforcing = (level: string) => object("v1", "Namespace", "quality", {}, { labels: { "pod-security.kubernetes.io/enforce": level } });
cases("pod security", {
  restricted: [() => [judgeNamespace(enforcing("restricted"), "quality")], [["ok", /restricted/]]],
  baseline: [() => [judgeNamespace(enforcing("baseline"), "quality")], [["note", /baseline/]]],
  nothing: [() => [judgeNamespace(object("v1", "Namespace", "quality"), "quality")], [["note", /nothing/]]],
  "no namespace": [() => [judgeNamespace(null, "quality")], [["note", /no namespace quality/]]],
});

const kinds = (apis: readonly string[], objects: readonly Manifest[], hasIssuer = false) =>
  judgeKinds({ objects, apis: new Set(apis), hasIssuer });
const monitor = object("monitoring.coreos.com/v1", "ServiceMonitor", "a");
cases("kinds", {
  "Kubernetes' own": [
    () =>
      kinds(
        [],
        [object("v1", "Service", "a"), object("policy/v1", "PodDisruptionBudget", "a"), object("networking.k8s.io/v1", "Ingress", "a")],
      ),
    [["ok", /own/]],
  ],
  "an operator that is there": [() => kinds(["monitoring.coreos.com/v1"], [monitor]), [["ok", /monitoring/]]],
  "an operator that is not": [
    () => kinds([], [monitor, object("monitoring.coreos.com/v1", "PrometheusRule", "a")]),
    [["problem", /no ServiceMonitor, PrometheusRule of monitoring\.coreos\.com\/v1/]],
  ],
  "another version of it": [() => kinds(["monitoring.coreos.com/v2"], [monitor]), [["problem", /v1/]]],
  "the Gateway API": [() => kinds([], [object("gateway.networking.k8s.io/v1", "HTTPRoute", "a")]), [["problem", /HTTPRoute/]]],
  "an issuer": [() => kinds([], [], true), [["problem", /Certificate of cert-manager\.io/]]],
  "something of people's own": [() => kinds([], [object("example.org/v1", "Widget", "a")]), [["problem", /Widget/]]],
});

const ingressClass = (name: string, isDefault = false) =>
  object(
    "networking.k8s.io/v1",
    "IngressClass",
    name,
    { spec: { controller: "k8s.io/nginx" } },
    isDefault ? { annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } } : {},
  );
const gateway = (status: string, hostname?: string) =>
  object("gateway.networking.k8s.io/v1", "Gateway", "public", {
    spec: { gatewayClassName: "cilium", listeners: [{ name: "https", ...(hostname === undefined ? {} : { hostname }) }] },
    status: { conditions: [{ type: "Programmed", status }] },
  });
const through = (found: Manifest | null) => [judgeGateway("public", found, "quality.example.org")];
cases("ingress", {
  "the default": [() => [judgeIngressClass("", [ingressClass("a"), ingressClass("nginx", true)])], [["ok", /nginx \(k8s\.io\/nginx\)/]]],
  "no default": [() => [judgeIngressClass("", [ingressClass("a")])], [["problem", /no IngressClass is the default; there are: a/]]],
  "two defaults": [() => [judgeIngressClass("", [ingressClass("a", true), ingressClass("b", true)])], [["problem", /2 IngressClasses/]]],
  "a named one": [() => [judgeIngressClass("a", [ingressClass("a")])], [["ok", /IngressClass a/]]],
  "a named one that is not there": [() => [judgeIngressClass("b", [])], [["problem", /no IngressClass b; there are: none/]]],
  "a Gateway": [() => through(gateway("True")), [["ok", /public \(cilium\)/]]],
  "a Gateway for all names below": [() => through(gateway("True", "*.example.org")), [["ok", /public/]]],
  "a Gateway for another name": [() => through(gateway("True", "other.example.org")), [["problem", /no listener/]]],
  "a Gateway that nobody looks after": [() => through(gateway("False")), [["problem", /not programmed/]]],
  "no Gateway": [() => through(null), [["problem", /no Gateway public/]]],
});

const from = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const policy = (peers: readonly object[]) =>
  object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "a",
    { spec: { ingress: [{ from: [{ podSelector: {} }, ...peers] }] } },
    { labels: { "app.kubernetes.io/component": "control-plane" } },
  );
const called = (objects: readonly Manifest[], namespaces: readonly string[]) => [judgeCallers(callersIn(objects), namespaces)];
cases("callers", {
  "one that is there": [() => called([policy([from("ingress-nginx"), from("monitoring")])], ["ingress-nginx"]), [["ok", /ingress-nginx/]]],
  "none that is there": [
    () => called([policy([from("ingress-nginx")])], ["traefik"]),
    [["problem", /ingress-nginx, and there is no such namespace/]],
  ],
  nobody: [() => called([policy([])], []), [["problem", /nobody/]]],
  "a network": [() => called([policy([{ ipBlock: { cidr: "10.0.0.0/8" } }])], []), [["ok", /1 rules/]]],
  "no policy": [() => called([], []), [["ok", /no network policy/]]],
});

const NOW = new Date("2026-11-26T12:00:00Z");
const job = (status: object, creationTimestamp = "2026-01-01T00:00:00Z") =>
  object("batch/v1", "CronJob", "acme-backup", { status }, { namespace: "quality", creationTimestamp });
cases("backup", {
  "nothing installed": [() => [judgeBackup(null, false, NOW)], [["ok", /nothing/]]],
  "none made by us": [() => [judgeBackup(null, true, NOW)], [["note", /makes no backups/]]],
  "of last night": [() => [judgeBackup(job({ lastSuccessfulTime: "2026-11-26T02:17:00Z" }), true, NOW)], [["ok", /9 hours ago/]]],
  "of last week": [() => [judgeBackup(job({ lastSuccessfulTime: "2026-11-19T02:17:00Z" }), true, NOW)], [["problem", /177 hours ago/]]],
  never: [() => [judgeBackup(job({}), true, NOW)], [["problem", /none was ever made/]]],
  "never, for it is new": [() => [judgeBackup(job({}, "2026-11-26T11:00:00Z"), true, NOW)], [["note", /none was made yet/]]],
});
