/** Whether an object is one that Kubernetes knows: every field by its name and type, none besides. */
import { Ajv, type ErrorObject } from "ajv";
import { DEFINITIONS, definitionName } from "./definition.ts";
import type { Manifest } from "./manifest.ts";

const ID = "kubernetes";
const ajv = new Ajv({ strict: false, allErrors: true }).addSchema({ $id: ID, $defs: DEFINITIONS.$defs });

const text = ({ instancePath, message = "", params }: ErrorObject): string => {
  const unknown: unknown = params["additionalProperty"];
  const path = instancePath.slice(1).replaceAll("/", ".");
  return typeof unknown === "string" ? `unknown field ${path === "" ? "" : `${path}.`}${unknown}` : `${path} ${message}`;
};

/** What is wrong with its fields; null for a kind that is not of Kubernetes itself. */
export const fieldProblems = (manifest: Manifest): string[] | null => {
  const name = definitionName(manifest);
  if (name === null) return null;
  const isValid = ajv.getSchema(`${ID}#/$defs/${name}`);
  if (isValid === undefined) throw new Error(`there is no definition ${name}`);
  return isValid(manifest) ? [] : (isValid.errors ?? []).map(text);
};
