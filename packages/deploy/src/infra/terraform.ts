/** Infrastructure by the templates of deploy/terraform. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { TEMPLATES } from "../terraform/templates.ts";
import { backendOf } from "./backend.ts";
import type { InfraDriver, InfraPlan, InfraSite, OpenInfra } from "./infra.ts";
import { fitting, inputsOf, isProtected, variablesIn } from "./inputs.ts";
import { NO_OUTPUTS, Outputs } from "./outputs.ts";
import { openPlans } from "./plans.ts";
import { openRoot, textOfTemplate } from "./root.ts";

const OWNER_ONLY_FOLDER = 0o700;

/** Refuses what deployment.yaml protects, and what the cloud still does. */
const refuseProtected = ({ deployment }: InfraSite, plan: InfraPlan | null): void => {
  const refusal = (why: string) => userError("INFRA_PROTECTED", deployment.name, why);
  if (isProtected(deployment)) throw refusal("deployment.yaml does not switch the protection of its store off");
  const [first] = plan?.isProtected ?? [];
  if (first !== undefined) throw refusal(`the protection of ${first} is on; deployment.yaml switches it off, and was not applied since`);
};

/** A driver for the root of a template. Throws TOOL_MISSING, DEPLOYMENT_INVALID. */
export const openTerraform = (site: InfraSite, template: string): InfraDriver => {
  const { deployment, folder } = site;
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const inputs = fitting(inputsOf(deployment), variablesIn(textOfTemplate(template)), site.env);
  const root = openRoot({ ...site, name: "infra", template, inputs, backend: backendOf(deployment, "infra", folder) });
  const plans = openPlans(root, deployment.name);
  const outputs = async (): Promise<Outputs | null> => {
    const found = await root.output();
    return Object.keys(found).length === 0 ? null : Outputs.parse(found);
  };
  return {
    name: "terraform",
    plan: async (purpose = "apply") => {
      if (purpose === "destroy") refuseProtected(site, null);
      return plans.make(purpose);
    },
    planned: async () => plans.last(),
    apply: async (id) => {
      await plans.carryOut(id, "apply");
      return (await outputs()) ?? NO_OUTPUTS;
    },
    destroy: async (id) => {
      refuseProtected(site, plans.standing(id, "destroy"));
      await plans.carryOut(id, "destroy");
    },
    outputs: async () => {
      await root.init();
      return outputs();
    },
    exportState: async () => {
      await root.init();
      return root.pull();
    },
  };
};

/** With the template of the deployment's cloud. */
export const openCloud: OpenInfra = (site) => openTerraform(site, join(TEMPLATES, site.deployment.cloud?.provider ?? "", "infra"));
