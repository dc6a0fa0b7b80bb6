/** The site of a deployment for as long as a verb works on it, and where its lines go. */
import { userError } from "@touchstone/core/errors";
import { kubectlReason } from "@touchstone/deploy/cluster/kubectl";
import { podKubeconfig } from "@touchstone/deploy/cluster/pod-access";
import type { Site } from "@touchstone/deploy/release/site";
import { plain } from "../../formats/words.ts";
import { flag, type ExitStatus, type Option, type Terminal, type Values } from "../command.ts";
import { DEPLOYMENT_OPTIONS, openDeployment } from "./open-deployment.ts";

export const SITE_OPTIONS: readonly Option[] = [
  ...DEPLOYMENT_OPTIONS,
  { flags: "--json", docs: "the answer as JSON; progress goes to stderr" },
];

/** Which cluster is meant. Nobody shall change one that a kubeconfig happened to point at without having read its name. */
export const clusterText = async ({ kubectl }: Pick<Site, "kubectl">): Promise<string> => {
  const { context, namespace } = kubectl.access;
  if (context !== null) return `cluster ${context}, namespace ${namespace}`;
  const ended = await kubectl.run(["config", "current-context"]);
  if (ended.status !== 0 && podKubeconfig(process.env) === null)
    throw userError(
      "CLUSTER_UNREACHABLE",
      "(none)",
      `cluster.context of deployment.yaml names none, and of the kubeconfig kubectl says: ${kubectlReason(ended)}`,
    );
  return `cluster ${ended.status === 0 ? ended.stdout.trim() : "of this pod"} (the current one: cluster.context names none), namespace ${namespace}`;
};

/** Works on the site of a deployment, and tells which cluster that is. */
export const onSite = async (values: Values, terminal: Terminal, work: (site: Site) => Promise<ExitStatus>): Promise<ExitStatus> => {
  const { deployment, openHelm, openKubectl } = await openDeployment(values, terminal);
  const to = flag(values, "json") ? terminal.stderr : terminal.stdout;
  const kubectl = openKubectl();
  const helm = await openHelm();
  try {
    const site: Site = { deployment, kubectl, helm, signal: terminal.signal, tell: (line) => void to.write(`${plain(line)}\n`) };
    terminal.stderr.write(`${await clusterText(site)}\n`);
    return await work(site);
  } finally {
    await helm.close();
  }
};

/** The answer as JSON where it was asked for. */
export const answerJson = (values: Values, { stdout }: Terminal, answer: object): boolean => {
  if (!flag(values, "json")) return false;
  stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  return true;
};
