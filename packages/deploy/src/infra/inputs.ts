/** A deployment as the inputs of its cloud's template. Pure: what a template takes is read off its text. */
import { userError } from "@touchstone/core/errors";
import { merged } from "../deployment/chart-values.ts";
import type { Deployment } from "../deployment/deployment.ts";

export type Variable = { name: string; isNeeded: boolean; isSecret: boolean };

/** The variables that a file of Terraform declares, written as `terraform fmt` writes them. */
export const variablesIn = (text: string): Variable[] =>
  [...text.matchAll(/^variable "(\w+)" \{([\s\S]*?)^\}/gm)].map(([, name = "", body = ""]) => ({
    name,
    isNeeded: !/^ {2}default\s+=/m.test(body),
    isSecret: /^ {2}(sensitive|ephemeral)\s+= true$/m.test(body),
  }));

export type Inputs = { [name: string]: unknown };

/** What is said at another place of deployment.yaml, and would be said twice in `cloud.inputs`. */
const SAID_ELSEWHERE: Readonly<Record<string, string>> = {
  name: "name",
  region: "cloud.region",
  size: "size",
  connectivity: "cloud.connectivity",
};

const wrong = (input: string, reason: string) => userError("DEPLOYMENT_INVALID", "deployment.yaml", `cloud.inputs.${input}`, reason);

/** Inputs of the template, from everything the deployment says. Throws DEPLOYMENT_INVALID. */
export const inputsOf = (deployment: Deployment): Inputs => {
  const { cloud } = deployment;
  if (cloud === undefined)
    throw userError("DEPLOYMENT_INVALID", "deployment.yaml", "cloud", "it names no cloud, so there is nothing to make");
  const twice = Object.keys(cloud.inputs).find((name) => name in SAID_ELSEWHERE);
  if (twice !== undefined) throw wrong(twice, `it is said by ${SAID_ELSEWHERE[twice]}`);
  const following: Inputs = {
    name: deployment.name,
    region: cloud.region,
    owner: deployment.model === "platform" ? "operator" : "customer",
    size: deployment.size,
    dns: { fqdn: deployment.fqdn },
    connectivity: cloud.connectivity,
  };
  return merged(following, cloud.inputs);
};

/** The inputs, if the template takes each of them and has all it needs. Secrets come by the environment, as TF_VAR_name. Throws DEPLOYMENT_INVALID. */
export const fitting = (inputs: Inputs, variables: readonly Variable[], env: NodeJS.ProcessEnv): Inputs => {
  const known = new Map(variables.map((variable) => [variable.name, variable]));
  for (const name of Object.keys(inputs)) {
    const variable = known.get(name);
    if (variable === undefined) throw wrong(name, `the template takes ${[...known.keys()].join(", ")}`);
    if (variable.isSecret) throw wrong(name, `a secret is not written down: set TF_VAR_${name}`);
  }
  for (const { name, isNeeded, isSecret } of variables)
    if (isNeeded && inputs[name] === undefined && !env[`TF_VAR_${name}`])
      throw wrong(
        name,
        isSecret ? `it is needed, and a secret: set TF_VAR_${name}` : "it is needed: deploy/terraform/README.md says what it means",
      );
  return inputs;
};

/** Whether the template is told to protect the store from deletion: it does unless somebody says no. */
export const isProtected = ({ cloud }: Deployment): boolean =>
  Reflect.get(Object(cloud?.inputs["database"]), "deletion_protection") !== false;
