/** Who may do what in a trial cluster: a test says, and requests and reviews of access are answered alike. */
import { textIn, mapOf, specOf } from "./objects.ts";
import type { JsonObject } from "./fields.ts";
import { refusal, type Answer } from "./requests.ts";

/** What is asked for: of which kind, in which namespace (null: in the cluster), and the verb of RBAC. */
export type Wanted = { verb: string; group: string; resource: string; namespace: string | null; name?: string | null };
export type May = (wanted: Wanted) => boolean;

/** The verb that a request needs (kubernetes.io/docs/reference/access-authn-authz/authorization). */
export const verbOf = (method: string, hasName: boolean, isWatch: boolean): string => {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return hasName ? "delete" : "deletecollection";
    default:
      return hasName ? "get" : isWatch ? "watch" : "list";
  }
};

export const forbidden = ({ verb, group, resource, namespace }: Wanted): Answer =>
  refusal(
    403,
    "Forbidden",
    `${resource}${group === "" ? "" : `.${group}`} is forbidden: User "trial" cannot ${verb} resource "${resource}" in API group "${group}"${namespace === null ? " at the cluster scope" : ` in the namespace "${namespace}"`}`,
  );

/** The answer to a SelfSubjectAccessReview, which is kept nowhere. */
export const reviewed = (review: JsonObject, may: May): Answer => {
  const asked = mapOf(specOf(review)["resourceAttributes"]);
  const [resource, part] = [textIn(asked, "resource") ?? "", textIn(asked, "subresource")];
  const wanted = {
    verb: textIn(asked, "verb") ?? "",
    group: textIn(asked, "group") ?? "",
    resource: part === null ? resource : `${resource}/${part}`,
    namespace: textIn(asked, "namespace"),
    name: textIn(asked, "name"),
  };
  return { status: 201, body: { ...review, status: { allowed: may(wanted) } } };
};
