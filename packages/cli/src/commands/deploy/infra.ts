import { stringify } from "yaml";
import { userError } from "@touchstone/core/errors";
import { valuesFileOf } from "@touchstone/deploy/deployment/outputs-file";
import { applyAddons, writeKubeconfig } from "@touchstone/deploy/infra/addons";
import { planText, takesData } from "@touchstone/deploy/infra/changes";
import { openExistingCluster } from "@touchstone/deploy/infra/existing-cluster";
import type { InfraDriver, InfraSite } from "@touchstone/deploy/infra/infra";
import type { Outputs } from "@touchstone/deploy/infra/outputs";
import { openCloud } from "@touchstone/deploy/infra/terraform";
import { factsOf, valuesFromOutputs } from "@touchstone/deploy/infra/values";
import { flag, text, type Command, type ExitStatus, type Terminal, type Values } from "../command.ts";
import { plain } from "../../formats/words.ts";
import { writeWhole } from "../../whole-file.ts";
import { DEPLOYMENT_OPTIONS, openDeployment, type Opened } from "./open-deployment.ts";
import { STATE_FOLDER_OPTION, stateFolderOf } from "./state-folder.ts";

const SUBJECT_WIDTH = 18;

type Work = { site: InfraSite; driver: InfraDriver; opened: Opened; values: Values; terminal: Terminal };
type Action = (work: Work) => Promise<ExitStatus>;

const isJson = (values: Values): boolean => flag(values, "json");
const writeJson = ({ stdout }: Terminal, value: unknown): void => void stdout.write(`${JSON.stringify(value, null, 2)}\n`);

const plan: Action = async ({ driver, values, terminal }) => {
  const made = await driver.plan();
  if (isJson(values)) writeJson(terminal, made);
  else terminal.stdout.write(planText(made));
  return made.changes.length === 0 ? 0 : 1;
};

/** The namespace and the storage classes, where the cluster can be reached; otherwise a word about how. */
const addons = async ({ site, opened: { access }, values }: Work, outputs: Outputs): Promise<void> => {
  if (site.deployment.cloud === undefined) return;
  if (flag(values, "writeKubeconfig")) {
    const written = await writeKubeconfig(site, outputs, access.namespace);
    site.tell(`access to the cluster is in ${written.kubeconfig}, context ${written.context}`);
    return applyAddons(site, outputs, written);
  }
  if (access.context !== null) return applyAddons(site, outputs, access);
  site.tell("the namespace and the storage classes are made where the cluster is reached: say --write-kubeconfig, or cluster.context");
};

const apply: Action = async (work) => {
  const { site, driver, values, terminal } = work;
  const planned = await driver.planned();
  if (planned === null || planned.purpose !== "apply") throw userError("PLAN_MISSING", site.deployment.name);
  if (!isJson(values)) terminal.stdout.write(planText(planned));
  const lost = planned.changes.find(takesData);
  if (lost !== undefined && !flag(values, "yes"))
    throw userError("PLAN_DESTRUCTIVE", site.deployment.name, `it would take away ${lost.address}`);
  const made = await driver.apply(planned.id);
  await addons(work, made);
  if (isJson(values)) writeJson(terminal, made);
  return 0;
};

const destroy: Action = async ({ site, driver, values, terminal }) => {
  const { name } = site.deployment;
  const planned = await driver.plan("destroy");
  if (!isJson(values)) terminal.stdout.write(planText(planned));
  if (!flag(values, "yes") || text(values, "confirm") !== name)
    throw userError("CONFIRMATION_MISSING", `Destroying the infrastructure of ${name}`, name);
  await driver.destroy(planned.id);
  if (isJson(values)) writeJson(terminal, planned);
  return 0;
};

const outputs: Action = async ({ site: { deployment, tell }, driver, opened, values, terminal }) => {
  const found = await driver.outputs();
  if (found === null) {
    terminal.stderr.write("nothing was made yet\n");
    return 1;
  }
  if (flag(values, "writeValues")) {
    const file = valuesFileOf(opened.file);
    writeWhole(file, [stringify(valuesFromOutputs(found, deployment))]);
    tell(`${file} is read with ${opened.file} from now on`);
  }
  if (isJson(values)) writeJson(terminal, { outputs: found, values: valuesFromOutputs(found, deployment) });
  else for (const { subject, says } of factsOf(found, deployment)) terminal.stdout.write(`${subject.padEnd(SUBJECT_WIDTH)}  ${says}\n`);
  return 0;
};

const ACTIONS: Readonly<Record<string, Action>> = { plan, apply, destroy, outputs };

export const infra: Command = {
  usage: "infra <action>",
  summary: "make or destroy the infrastructure by Terraform: plan, apply, destroy, outputs",
  docs:
    "By the template of the cloud that deployment.yaml names. `plan` shows what would be done (exit status 1 where there is something); `apply` carries out the plan that was shown last, and no other: it is refused when deployment.yaml, the template or the place of the state has changed since. " +
    "`destroy` shows what would go, and needs --yes and --confirm NAME; it is refused while protection from deletion is on. `outputs` says what was made; --write-values keeps what the chart needs of it beside deployment.yaml. Secrets of a template come by the environment (TF_VAR_database_password). Ctrl-C lets terraform end its step. Needs terraform 1.11 or newer.",
  options: [
    ...DEPLOYMENT_OPTIONS,
    STATE_FOLDER_OPTION,
    {
      flags: "--write-kubeconfig",
      docs: "apply: run the cloud's own command for access to the cluster, into a kubeconfig of this deployment",
    },
    { flags: "--write-values", docs: "outputs: write deployment.outputs.yaml, which is then read with deployment.yaml" },
    { flags: "--yes", docs: "apply: even where data would be lost; destroy: needed" },
    { flags: "--confirm <name>", docs: "destroy: needed, the name of the deployment" },
    { flags: "--json", docs: "the plan or the outputs, as JSON" },
  ],
  examples: [
    "touchstone deploy infra plan",
    "touchstone deploy infra apply --write-kubeconfig",
    "touchstone deploy infra outputs --write-values",
    "touchstone deploy infra destroy --yes --confirm acme",
  ],
  run: async ([name = ""], values, terminal) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    const opened = await openDeployment(values, terminal);
    const { deployment } = opened;
    const site: InfraSite = {
      deployment,
      folder: stateFolderOf(values, deployment),
      env: process.env,
      tell: (line) => void terminal.stderr.write(`${plain(line)}\n`),
      signal: terminal.signal,
    };
    const driver = deployment.cloud === undefined ? openExistingCluster(site) : openCloud(site);
    return action({ site, driver, opened, values, terminal });
  },
};
