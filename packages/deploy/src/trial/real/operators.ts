/** Definitions of the operators' kinds, as far as a cluster needs them to take their objects: their own schemas come with them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../fields.ts";
import { RESOURCES, type Resource } from "../resources.ts";
import type { Api } from "./api.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const LOOK_MS = 50;
/** Groups of Kubernetes' own projects ask that somebody has approved of them. */
const APPROVED = { "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api" };

const definitionOf = ({ group, version, plural, kind, namespaced }: Resource): JsonObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}`, annotations: group.endsWith(".k8s.io") ? APPROVED : {} },
  spec: {
    group,
    scope: namespaced ? "Namespaced" : "Cluster",
    names: { plural, singular: kind.toLowerCase(), kind },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});

/** The server tells of a kind before it can keep any. */
const isServed = async (api: Api, { group, version, plural }: Resource): Promise<boolean> =>
  (await api.ask("GET", `/apis/${group}/${version}/${plural}`)).status === 200;

/** Makes them known, and waits until they are. */
export const addOperators = async (api: Api): Promise<void> => {
  const kinds = RESOURCES.filter(({ custom }) => custom === true);
  await Promise.all(kinds.map((kind) => api.good("POST", CRDS, definitionOf(kind))));
  for (const kind of kinds) while (!(await isServed(api, kind))) await sleep(LOOK_MS);
};
