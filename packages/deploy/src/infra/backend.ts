/** Where a root of Terraform keeps its state: what `terraform init` is told. Pure. */
import { resolve } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";

export type RootName = "infra" | "addons";
export type Backend = { type: string; config: Readonly<Record<string, string>> };

/** Names of settings that are secrets, in the backends we know; Terraform takes each from its environment too. A key of a KMS is a name. */
const SECRET = /(^|_)(secret|password|token|credentials|private_key|access_key|customer_key)(_|$)|^encryption_key$/;

/** What tells one state from another in the same place. */
export const STATE_KEY: Readonly<Record<string, string>> = { s3: "key", azurerm: "key", gcs: "prefix", oci: "key", local: "path" };

const wrong = (place: string, reason: string) => userError("DEPLOYMENT_INVALID", "deployment.yaml", `cloud.backend${place}`, reason);

/** The backend of a root; `folder` is where a local state is, and what its path is relative to: terraform's own folder is laid anew each time. The addons' state lies beside the infrastructure's. Throws DEPLOYMENT_INVALID. */
export const backendOf = ({ cloud }: Deployment, root: RootName, folder: string): Backend => {
  const said = cloud?.backend;
  if (said === undefined) throw wrong("", "say where the state is kept: a place that only this deployment has");
  const secret = Object.keys(said.config).find((name) => SECRET.test(name));
  if (secret !== undefined) throw wrong(`.config.${secret}`, "a secret is not written down: give it to terraform by its environment");
  const key = STATE_KEY[said.type] ?? "key";
  const given = said.config[key];
  if (said.type === "local")
    return { type: "local", config: { path: given === undefined ? resolve(folder, "state", root) : `${resolve(folder, given)}.${root}` } };
  if (given === undefined) throw wrong(`.config.${key}`, "say the key of this deployment's state");
  return { type: said.type, config: root === "infra" ? said.config : { ...said.config, [key]: `${given}-${root}` } };
};

/** A text in HCL, in which `${` and `%{` begin templates: https://developer.hashicorp.com/terraform/language/expressions/strings */
export const quoted = (text: string): string => JSON.stringify(text).replaceAll(/([$%])\{/g, "$1$1{");

/** What of S3's settings belongs to the role that is taken on: since Terraform 1.10 in an argument of its own. */
const OF_ROLE: ReadonlySet<string> = new Set(["role_arn", "external_id", "session_name"]);

const lines = (config: Readonly<Record<string, string>>): string =>
  Object.entries(config)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join("");
const some = ({ config }: Backend, wanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => wanted(name)));

/** The file for `-backend-config`. */
export const backendConfig = (backend: Backend): string => {
  const isOfRole = (name: string): boolean => backend.type === "s3" && OF_ROLE.has(name);
  const role = lines(some(backend, isOfRole));
  return lines(some(backend, (name) => !isOfRole(name))) + (role === "" ? "" : `assume_role = {\n${role}}\n`);
};

/** An override file (developer.hashicorp.com/terraform/language/files/override): the template's own kind of backend gives way to it. */
export const backendOverride = ({ type }: Backend): string => `terraform {\n  backend "${type}" {\n  }\n}\n`;

/** Kind of backend that a template names. */
export const backendIn = (text: string): string | null => /^ {2}backend "(\w+)" \{/m.exec(text)?.[1] ?? null;
