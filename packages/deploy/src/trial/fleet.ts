/** Deployments for tests of a fleet. */
import { stringify } from "yaml";
import type { DeploymentInput } from "../deployment/deployment.ts";

/** deployment.yaml of a deployment in a cluster that is there. */
export const deploymentText = (name: string, more: Partial<DeploymentInput> = {}): string =>
  stringify({
    version: 1,
    name,
    model: "customer",
    fqdn: `${name}.example.org`,
    size: "dev",
    store: "demo",
    cluster: { context: name },
    ...more,
  } satisfies DeploymentInput);
