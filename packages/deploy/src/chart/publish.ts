/**
 * Packs the chart, and signs and publishes it: `node packages/deploy/src/chart/publish.ts --out FOLDER`. `--keyring FILE --key NAME` has
 * helm sign it (OpenPGP; its passphrase in `--passphrase-file FILE`); `--push REGISTRY` puts it below `charts` there, its
 * signature too; `--cosign KEY` signs what is in the registry, for who verifies charts as images. docs/decisions/0029.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openHelm, type Helm } from "../cluster/helm.ts";
import { sha256Of } from "../deployment/digest.ts";
import { openCosign } from "../images/cosign.ts";
import { pushChart } from "../mirror/chart-file.ts";
import { CHARTS } from "../mirror/images.ts";
import { provenanceFileOf } from "../supply/provenance.ts";
import { VERSION } from "./files.ts";
import { CHART_FOLDER } from "./write.ts";

export type ChartSigning = {
  /** Secret keys as gpg exports them. */
  keyring: string;
  /** Name of the key, or a part of it. */
  key: string;
  /** With its passphrase; null where it has none. */
  passphraseFile: string | null;
};

export type PackedChart = { archive: string; digest: string };

/** Packs the chart into a folder, and signs it where a key is given. */
export const packSigned = async (helm: Pick<Helm, "good">, folder: string, signing: ChartSigning | null): Promise<PackedChart> => {
  const archive = join(folder, `touchstone-${VERSION}.tgz`);
  // One of a run before would say something about another archive.
  await rm(provenanceFileOf(archive), { force: true });
  await mkdir(folder, { recursive: true });
  const signed =
    signing === null
      ? []
      : [
          "--sign",
          "--keyring",
          signing.keyring,
          "--key",
          signing.key,
          ...(signing.passphraseFile === null ? [] : ["--passphrase-file", signing.passphraseFile]),
        ];
  await helm.good("pack the chart", ["package", CHART_FOLDER, "--destination", folder, ...signed]);
  return { archive, digest: sha256Of(await readFile(archive)) };
};

export type ChartPublication = { registry: string; cosignKey: string | null; plainHttp: boolean; env?: NodeJS.ProcessEnv };

/** Pushes it, and answers what it is called there by its digest. */
export const publishChart = async (
  helm: Helm,
  archive: string,
  { registry, cosignKey, plainHttp, env }: ChartPublication,
): Promise<string> => {
  const base = registry.replace(/\/+$/, "");
  // Looked for before anything is pushed.
  const cosign = cosignKey === null ? null : await openCosign({ key: cosignKey, plainHttp, ...(env === undefined ? {} : { env }) });
  const digest = await pushChart(helm, archive, base, plainHttp);
  const reference = `${base}/${CHARTS}/touchstone@${digest}`;
  await cosign?.sign(reference);
  return reference;
};

const OPTIONS = {
  out: { type: "string" },
  keyring: { type: "string" },
  key: { type: "string" },
  "passphrase-file": { type: "string" },
  push: { type: "string" },
  cosign: { type: "string" },
  "plain-http": { type: "boolean", default: false },
} as const;

if (import.meta.main) {
  const { values } = parseArgs({ options: OPTIONS });
  const { out, keyring, key, push } = values;
  if (out === undefined || (keyring === undefined) !== (key === undefined)) throw new Error("say --out FOLDER, and --keyring with --key");
  const helm = await openHelm({ kubeconfig: null, context: null, namespace: "default" });
  try {
    const signing = keyring === undefined || key === undefined ? null : { keyring, key, passphraseFile: values["passphrase-file"] ?? null };
    const { archive, digest } = await packSigned(helm, out, signing);
    process.stdout.write(`${archive}  ${digest}\n`);
    if (push !== undefined) {
      const publication = { registry: push, cosignKey: values.cosign ?? null, plainHttp: values["plain-http"] };
      process.stdout.write(`oci://${await publishChart(helm, archive, publication)}\n`);
    }
  } finally {
    await helm.close();
  }
}
