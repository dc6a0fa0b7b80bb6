import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHelm } from "@touchstone/deploy/cluster/helm";
import { openKubectl, type Access } from "@touchstone/deploy/cluster/kubectl";
import { podKubeconfig } from "@touchstone/deploy/cluster/pod-access";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { isAlarm, updateOnce as lookOnce } from "@touchstone/deploy/updater/update-once";
import { plain } from "../../formats/words.ts";
import { flag, text, type Command, type Values } from "../command.ts";

const NAMESPACE = "touchstone";

/** A kubeconfig that was named, or that of the pod it runs in, or the usual one. */
const accessOf = async (values: Values, folder: string): Promise<Access> => {
  const named = { context: text(values, "context") ?? null, namespace: text(values, "namespace") ?? NAMESPACE };
  const given = text(values, "kubeconfig") ?? null;
  const ofPod = given === null && named.context === null && process.env["KUBECONFIG"] === undefined ? podKubeconfig(process.env) : null;
  if (ofPod === null) return { ...named, kubeconfig: given };
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, ofPod, { mode: 0o600 });
  return { ...named, kubeconfig };
};

/** What the CronJob of the chart runs; a person runs it to see what it would do. */
export const updateOnce: Command = {
  usage: "update-once",
  summary: "do once what the updater does: read the channel, and upgrade to its release where that is allowed",
  docs:
    "Needs no deployment.yaml: the ConfigMap touchstone-upgrades in the namespace has it, and the keys that count (touchstone deploy updater allow). " +
    "It upgrades only within the maintenance window, and only to a release that is signed, newer, and has not failed before. What it did, or why it did nothing, is printed and written into the ConfigMap touchstone-updater. " +
    "Exit status 1 where somebody should look at it.",
  options: [
    { flags: "--namespace <name>", docs: "namespace of the deployment", default: NAMESPACE },
    { flags: "--context <name>", docs: "context of the kubeconfig; in a pod, its ServiceAccount" },
    { flags: "--kubeconfig <file>", docs: "kubeconfig instead of the usual one" },
    { flags: "--skip-preflight", docs: "upgrade without preflight" },
    { flags: "--dry-run", docs: "say what would be done, and do nothing" },
    { flags: "--json", docs: "the answer as JSON; progress goes to stderr" },
  ],
  examples: ["touchstone deploy update-once --namespace quality --dry-run"],
  run: async (_args, values, { stdout, stderr, signal }) => {
    const isJson = flag(values, "json");
    const to = isJson ? stderr : stdout;
    const folder = await mkdtemp(join(tmpdir(), "touchstone-look-"));
    try {
      const access = await accessOf(values, folder);
      const helm = await openHelm(access);
      try {
        const reach = { kubectl: openKubectl(access), helm, signal, tell: (line: string): void => void to.write(`${plain(line)}\n`) };
        const look = await lookOnce(reach, { preflight: flag(values, "skipPreflight") ? null : preflight, dryRun: flag(values, "dryRun") });
        const { outcome, product, why } = look;
        stdout.write(
          isJson ? `${JSON.stringify({ outcome, product, why })}\n` : `${[outcome, product, plain(why)].filter(Boolean).join("  ")}\n`,
        );
        return isAlarm(look) ? 1 : 0;
      } finally {
        await helm.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
