import { stringify } from "yaml";
import { userError } from "@touchstone/core/errors";
import { openHelm } from "@touchstone/deploy/cluster/helm";
import { readDeployment } from "@touchstone/deploy/deployment/read";
import type { Deployment } from "@touchstone/deploy/deployment/deployment";
import { imagesOf, sourceOf, type MirroredRelease } from "@touchstone/deploy/mirror/images";
import { loadMirror, mirrorTo, writeMirror, type MirrorTools } from "@touchstone/deploy/mirror/mirror";
import { openSkopeo } from "@touchstone/deploy/mirror/skopeo";
import { checkWritable } from "../../whole-file.ts";
import { flag, text, type Command, type Terminal, type Values } from "../command.ts";

type Wish = { to?: string; archive?: string; from?: string; source: string | null };

const wishOf = (values: Values): Wish => {
  const [to, archive, from] = [text(values, "to"), text(values, "archive"), text(values, "from")];
  if (archive !== undefined && (to !== undefined || from !== undefined))
    throw userError("OPTION_INVALID", "--archive", "it is written instead of a registry: say it without --to and --from");
  if (archive === undefined && to === undefined) throw userError("OPTION_INVALID", "--to", "say a registry, or --archive FILE, or --list");
  return { ...(to && { to }), ...(archive && { archive }), ...(from && { from }), source: text(values, "source") ?? null };
};

const released = (release: MirroredRelease, isJson: boolean): string =>
  isJson ? `${JSON.stringify(release, null, 2)}\n` : `# for deployment.yaml\n${stringify({ release }, { lineWidth: 0 })}`;

/** No cluster is asked: helm only packs and pushes. */
const openTools = async (values: Values, { stderr, signal }: Terminal): Promise<MirrorTools> => {
  const plainHttp = flag(values, "plainHttp");
  return {
    skopeo: openSkopeo({ plainHttp, signal }),
    helm: await openHelm({ kubeconfig: null, context: null, namespace: "default" }),
    plainHttp,
    tell: (line) => stderr.write(`${line}\n`),
    signal,
  };
};

const copy = async (
  { to = "", archive, from, source }: Wish,
  deployment: Deployment | null,
  tools: MirrorTools,
  isJson: boolean,
): Promise<string> => {
  if (archive === undefined)
    return released(
      from === undefined ? await mirrorTo(to, { deployment, source }, tools) : await loadMirror(from, to, deployment, tools),
      isJson,
    );
  const list = await writeMirror(archive, { deployment, source }, tools);
  return isJson
    ? `${JSON.stringify(list, null, 2)}\n`
    : `${archive}: carry it over, then touchstone deploy mirror --from ${archive} --to REGISTRY\n`;
};

export const mirror: Command = {
  usage: "mirror",
  summary: "copy images and chart to a registry of yours, or over an air gap",
  docs: "Copies by digest, checks that what arrived is the same, and prints what deployment.yaml has to say from then on. Needs skopeo and helm, with your logins to both registries. What is there already is not copied again.",
  options: [
    {
      flags: "-f, --file <file>",
      docs: "a deployment whose release is copied and whose digests are checked; where nothing is said, the release of this program",
    },
    { flags: "--to <registry>", docs: "registry to copy to, such as registry.example.org/mirror" },
    {
      flags: "--source <registry>",
      docs: "registry to copy from; where nothing is said, as the images are named: localhost/… is the store of buildah and podman",
    },
    { flags: "--archive <file>", docs: "write an archive, to be carried over, instead of copying to a registry" },
    { flags: "--from <file>", docs: "copy from such an archive to the registry of --to" },
    { flags: "--list", docs: "only print what would be copied" },
    { flags: "--plain-http", docs: "the registries answer by http" },
    { flags: "--json", docs: "the answer as JSON; progress goes to stderr" },
  ],
  examples: [
    "touchstone deploy mirror --list",
    "touchstone deploy mirror --to registry.example.org/mirror",
    "touchstone deploy mirror --archive touchstone.tar",
    "touchstone deploy mirror --from touchstone.tar --to registry.inside.example.org",
  ],
  run: async (_args, values, terminal) => {
    const file = text(values, "file");
    const deployment = file === undefined ? null : await readDeployment(file);
    const isJson = flag(values, "json");
    if (flag(values, "list")) {
      const images = imagesOf(deployment).map((image) => ({ ...image, from: sourceOf(image, text(values, "source") ?? null) }));
      const lines = images.map(({ from, digest }) => `${from}${digest === null ? "" : `  ${digest}`}\n`).join("");
      terminal.stdout.write(isJson ? `${JSON.stringify(images, null, 2)}\n` : lines);
      return 0;
    }
    const wish = wishOf(values);
    if (wish.archive !== undefined) checkWritable(wish.archive);
    const tools = await openTools(values, terminal);
    try {
      terminal.stdout.write(await copy(wish, deployment, tools, isJson));
      return 0;
    } finally {
      await tools.helm.close();
    }
  },
};
