/** Whether what routes to the API is there: the class of its Ingress, or its Gateway. */
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import type { Ground } from "./ground.ts";

const ID = "ingress";
const DEFAULT = "ingressclass.kubernetes.io/is-default-class";

/** `className` is empty where the cluster's default is meant. */
export const judgeIngressClass = (className: string, classes: readonly Manifest[]): Finding => {
  const names = classes.map(({ metadata }) => metadata.name).join(", ") || "none";
  const defaults = classes.filter(({ metadata }) => metadata.annotations?.[DEFAULT] === "true");
  const found = className === "" ? defaults[0] : classes.find(({ metadata }) => metadata.name === className);
  if (className === "" && defaults.length > 1)
    return problem(
      ID,
      `${defaults.length} IngressClasses are the default: the API server refuses an Ingress that names none`,
      "one",
      "say cluster.ingressClass in deployment.yaml",
    );
  if (found === undefined)
    return problem(
      ID,
      className === ""
        ? `no IngressClass is the default; there are: ${names}`
        : `there is no IngressClass ${className}; there are: ${names}`,
      "an ingress controller, and its class",
      "install one (ingress-nginx, Traefik, that of the cloud), or say cluster.ingressClass in deployment.yaml",
    );
  return ok(ID, `IngressClass ${found.metadata.name} (${String(at(found, "spec", "controller") ?? "of an unknown controller")})`);
};

const conditionIs = (object: Manifest, type: string): unknown => {
  const conditions = at(object, "status", "conditions");
  return at(
    (Array.isArray(conditions) ? conditions : []).find((condition) => at(condition, "type") === type),
    "status",
  );
};

const covers = (hostname: unknown, fqdn: string): boolean =>
  typeof hostname !== "string" || hostname === fqdn || (hostname.startsWith("*.") && fqdn.endsWith(hostname.slice(1)));

export const judgeGateway = (title: string, gateway: Manifest | null, fqdn: string): Finding => {
  if (gateway === null)
    return problem(ID, `there is no Gateway ${title}`, "it, for the route to hang on", "make it, or name another in gateway.parentRefs");
  if (conditionIs(gateway, "Programmed") !== "True")
    return problem(
      ID,
      `Gateway ${title} is not programmed`,
      "a Gateway whose controller has accepted it",
      `look at it: kubectl describe gateway ${gateway.metadata.name}`,
    );
  const listeners = at(gateway, "spec", "listeners");
  const fits = (Array.isArray(listeners) ? listeners : []).some((listener) => covers(at(listener, "hostname"), fqdn));
  return fits
    ? ok(ID, `Gateway ${title} (${String(at(gateway, "spec", "gatewayClassName"))})`)
    : problem(
        ID,
        `no listener of Gateway ${title} takes ${fqdn}`,
        "a listener whose hostname covers it",
        "add one, with a certificate for it",
      );
};

const gatewayFindings = async ({ site: { kubectl, deployment } }: Ground, route: Manifest): Promise<Finding[]> => {
  const parents = at(route, "spec", "parentRefs");
  return Promise.all(
    (Array.isArray(parents) ? parents : []).map(async (parent) => {
      const [name, own] = [String(at(parent, "name")), kubectl.access.namespace];
      const namespace = String(at(parent, "namespace") ?? own);
      const gateway = await kubectl.get("gateways.gateway.networking.k8s.io", name, namespace);
      return judgeGateway(namespace === own ? name : `${namespace}/${name}`, gateway, deployment.fqdn);
    }),
  );
};

const isApi = ({ kind, metadata }: Manifest): boolean =>
  kind === "Deployment" && metadata.labels?.["app.kubernetes.io/component"] === "control-plane";

export const ingress: Check = {
  id: ID,
  looks: "the IngressClass or the Gateway that the route to the API names",
  needs: "a class (or one default); a Gateway that is programmed and takes the FQDN",
  look: async (ground) => {
    const { rendered, site } = ground;
    const objects = await rendered();
    const [own, route] = ["Ingress", "HTTPRoute"].map((kind) => objects.find((object) => object.kind === kind));
    if (!objects.some(isApi)) return [ok(ID, "dataplanes alone: nothing dials in")];
    if (own === undefined && route === undefined)
      return [
        note(
          ID,
          "nothing routes to the API",
          "an Ingress or a Gateway",
          "switch one on in values, unless you route to its Service yourself",
        ),
      ];
    const className = at(own, "spec", "ingressClassName");
    const classes = own === undefined ? [] : await site.kubectl.list("ingressclasses");
    return [
      ...(own === undefined ? [] : [judgeIngressClass(typeof className === "string" ? className : "", classes)]),
      ...(route === undefined ? [] : await gatewayFindings(ground, route)),
    ];
  },
};
