import { toErrorInfo } from "@touchstone/core/errors";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { statusOf } from "@touchstone/deploy/release/status";
import { withVerifiedChart } from "@touchstone/deploy/release/verified-chart";
import { bundle as bundleOf, type BundleIndex, type BundleOptions } from "@touchstone/deploy/support/bundle";
import type { Ground } from "@touchstone/deploy/support/gather";
import { checkWritable, writeWhole } from "../../whole-file.ts";
import { flag, text, type Command } from "../command.ts";
import { DEPLOYMENT_OPTIONS, openDeployment } from "./open-deployment.ts";
import { clusterText } from "./open-site.ts";

/** It tells how a deployment is built: for its owner's eyes until the owner gives it away. */
const OWNER_ONLY = 0o600;

const usualName = (deployment: string, now: Date): string =>
  `touchstone-${deployment}-${now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}.tar.gz`;

const summaryOf = (file: string, { files, missing, secretsKnown }: BundleIndex): string =>
  [
    `${file}: ${files.length} files, and index.json, which lists them`,
    ...missing.map(({ path, why }) => `not in it: ${path} (${why})`),
    secretsKnown === null
      ? "Secrets could not be read, so a plain password that a log says could not be recognised."
      : `${secretsKnown} values of Secrets were looked for and are in none of them.`,
    "Look at it before you give it away: a password in plain words that is in no Secret cannot be recognised.",
    "",
  ].join("\n");

/** What the other verbs would say. They need helm. */
const looksAt = ({ helm, ...ground }: Ground, now: Date): BundleOptions["looks"] =>
  "why" in helm
    ? {}
    : {
        "status.yaml": () => statusOf({ ...ground, helm }),
        "preflight.yaml": () => withVerifiedChart({ ...ground, helm }, (site) => preflight(site, { now })),
      };

export const bundle: Command = {
  usage: "bundle",
  summary: "collect what helps to find out what is wrong, without secrets, in one file",
  docs: "Objects, events, ends of logs, the release and the findings of preflight. Of Secrets only the names of their keys. The file is sent nowhere.",
  options: [
    ...DEPLOYMENT_OPTIONS,
    { flags: "-o, --output <file>", docs: "the archive; where nothing is said, touchstone-NAME-TIME.tar.gz" },
    { flags: "--json", docs: "print the index instead of a summary" },
  ],
  examples: ["touchstone deploy bundle", "touchstone deploy bundle -o /tmp/support.tar.gz --json"],
  run: async (_args, values, terminal) => {
    const now = new Date();
    const { deployment, openHelm, openKubectl } = await openDeployment(values, terminal);
    const file = text(values, "output") ?? usualName(deployment.name, now);
    checkWritable(file);
    const helm: Ground["helm"] = await openHelm().catch((thrown: unknown) => ({ why: toErrorInfo(thrown).why }));
    try {
      const ground: Ground = {
        deployment,
        kubectl: openKubectl(),
        helm,
        tell: (line) => terminal.stderr.write(`${line}\n`),
        signal: terminal.signal,
      };
      ground.tell(await clusterText(ground));
      const { archive, index } = await bundleOf(ground, { now, looks: looksAt(ground, now) });
      writeWhole(file, [archive], OWNER_ONLY);
      terminal.stdout.write(flag(values, "json") ? `${JSON.stringify({ file, ...index }, null, 2)}\n` : summaryOf(file, index));
      return 0;
    } finally {
      if (!("why" in helm)) await helm.close();
    }
  },
};
