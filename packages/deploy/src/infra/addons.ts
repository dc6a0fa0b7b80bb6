/** What stands in the cluster before the chart does: access to it by the cloud's own program, and then the namespace and the storage classes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { userError } from "@touchstone/core/errors";
import type { Access } from "../cluster/kubectl.ts";
import { programPath, runProgram } from "../cluster/program.ts";
import { TEMPLATES } from "../terraform/templates.ts";
import { backendOf } from "./backend.ts";
import { planText, takesAway } from "./changes.ts";
import type { InfraSite } from "./infra.ts";
import { fitting, variablesIn } from "./inputs.ts";
import type { Outputs } from "./outputs.ts";
import { openPlans } from "./plans.ts";
import { openRoot, textOfTemplate } from "./root.ts";
import { reasonOf } from "./terraform-says.ts";

/** The clouds' programs, and how each is told which file to write; Google's takes KUBECONFIG. Nothing else is run, whatever an output says. */
const CLOUD_PROGRAMS: Readonly<Record<string, readonly string[]>> = { aws: ["--kubeconfig"], az: ["--file"], gcloud: [], oci: ["--file"] };

export const kubeconfigOf = (folder: string): string => join(folder, "kubeconfig");

const contextIn = (file: string): string | null => {
  const context: unknown = Reflect.get(Object(parse(readFileSync(file, "utf8"))), "current-context");
  return typeof context === "string" ? context : null;
};

/** Runs the cloud's own command, which writes the access to the cluster into a kubeconfig of this deployment. Throws TOOL_MISSING, TOOL_FAILED. */
export const writeKubeconfig = async (
  { folder, env, signal }: InfraSite,
  { kubeconfig_command }: Outputs,
  namespace: string,
): Promise<Access> => {
  const [name = "", ...args] = (kubeconfig_command ?? "").split(" ");
  const toFile = CLOUD_PROGRAMS[name];
  if (toFile === undefined)
    throw userError("TOOL_FAILED", "terraform", "tell how the cluster is reached", "its outputs name no program of a cloud we know");
  const file = kubeconfigOf(folder);
  const written = [...args, ...toFile.flatMap((flag) => [flag, file])];
  const ended = await runProgram(programPath(name, "logged in to the cloud", env), written, { env: { ...env, KUBECONFIG: file }, signal });
  const failure = (reason: string) => userError("TOOL_FAILED", name, "write the access to the cluster", reason);
  if (ended.status !== 0) throw failure(reasonOf(ended));
  if (!existsSync(file)) throw failure(`it ended well, and wrote no ${file}`);
  return { kubeconfig: file, context: contextIn(file), namespace };
};

/** Makes them, or changes them; what would take one away is left to people. Throws PLAN_DESTRUCTIVE, PLAN_BROKEN_OFF, TOOL_FAILED. */
export const applyAddons = async (site: InfraSite, outputs: Outputs, access: Access, template = templateOf(site)): Promise<void> => {
  const { deployment, folder, tell } = site;
  const said = {
    ...(access.kubeconfig === null ? {} : { kubeconfig: access.kubeconfig }),
    context: access.context ?? "",
    namespace: access.namespace,
    key_ref: outputs.backup?.key_ref ?? "",
  };
  const inputs = fitting(said, variablesIn(textOfTemplate(template)), site.env);
  const root = openRoot({ ...site, name: "addons", template, inputs, backend: backendOf(deployment, "addons", folder) });
  const plans = openPlans(root, deployment.name);
  const plan = await plans.make("apply");
  for (const line of planText(plan).trimEnd().split("\n")) tell(`in the cluster: ${line}`);
  const lost = plan.changes.find(takesAway);
  if (lost !== undefined)
    throw userError("PLAN_DESTRUCTIVE", deployment.name, `${lost.address} would be taken away, and with it what lies in it`);
  if (plan.changes.length > 0) await plans.carryOut(plan.id, "apply");
};

const templateOf = ({ deployment }: InfraSite): string => join(TEMPLATES, deployment.cloud?.provider ?? "", "addons");
