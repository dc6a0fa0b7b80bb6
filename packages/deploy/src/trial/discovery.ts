/** What a cluster says of itself: version, kinds and their addresses, and which requests take which parameters. */
import { apiVersionOf, rootOf, type Resource } from "./resources.ts";
import type { JsonObject } from "./fields.ts";

const VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"];

export const versionOf = (minor: string): JsonObject => ({ major: "1", minor, gitVersion: `v1.${minor}.0`, platform: "linux/amd64" });

export const groupsOf = (resources: readonly Resource[]): JsonObject => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: [...new Set(resources.filter(({ group }) => group !== "").map(apiVersionOf))].map((groupVersion) => {
    const [name = "", version = ""] = groupVersion.split("/");
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  }),
});

export const resourceListOf = (apiVersion: string, resources: readonly Resource[]): JsonObject => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: apiVersion,
  resources: resources
    .filter((resource) => apiVersionOf(resource) === apiVersion)
    .flatMap(({ plural, kind, namespaced }): JsonObject[] => [
      { name: plural, singularName: kind.toLowerCase(), kind, namespaced, verbs: VERBS },
      ...(kind === "Deployment"
        ? [
            {
              name: `${plural}/scale`,
              singularName: "",
              kind: "Scale",
              group: "autoscaling",
              version: "v1",
              namespaced,
              verbs: ["get", "patch", "update"],
            },
          ]
        : []),
    ]),
});

export const openApiRoots = (resources: readonly Resource[]): JsonObject => ({
  paths: Object.fromEntries([...new Set(resources.map(rootOf))].map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}?hash=1` }])),
});

/** Clients look here whether a patch may be checked for unknown fields by the server. */
export const openApiOf = (root: string, resources: readonly Resource[]): JsonObject => ({
  openapi: "3.0.0",
  info: { title: "Kubernetes", version: "1" },
  components: { schemas: {} },
  paths: Object.fromEntries(
    resources
      .filter((resource) => rootOf(resource) === root)
      .map(({ group, version, plural, kind, namespaced }) => [
        `/${root}/${namespaced ? "namespaces/{namespace}/" : ""}${plural}/{name}`,
        {
          patch: {
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": { group, version, kind },
            parameters: ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
              name,
              in: "query",
              schema: { type: "string" },
            })),
            responses: {},
          },
        },
      ]),
  ),
});

/** The older document, which clients ask for about kinds that the newer one lacks: as protobuf, with its version and nothing else. */
export const OPENAPI_2 = {
  type: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  body: Buffer.from("\n\u00032.0"),
};
