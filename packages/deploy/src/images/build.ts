/**
 * Builds the images: `node packages/deploy/src/images/build.ts [control-plane|dataplane|updater]…`, as localhost/touchstone/NAME:VERSION in buildah's store.
 * The times of all files are those of the epoch, so the same inputs give the same digest. `--arch arm64` builds for another processor
 * (…:VERSION-arm64), several of them (`--arch amd64 --arch arm64`) one image for all. `--out FOLDER` writes what each is made of beside
 * it; `--push REGISTRY` puts it there, and `--sign KEY` signs it with cosign, its bills of materials too.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { VERSION } from "../chart/files.ts";
import { licenseReport } from "./licenses.ts";
import { publish, type Built } from "./publish.ts";
import type { Architecture } from "../tools/debian.ts";
import { ARCHITECTURES, hostArchitecture } from "./platform.ts";
import { IMAGE_NAMES, makeRoot, type ImageName } from "./root.ts";
import type { Bom } from "./sbom.ts";

const run = promisify(execFile);
const CONTAINERFILES = join(import.meta.dirname, "../../../../deploy/images");

export type BuildOptions = {
  /** Arguments of buildah before its command: another store, say. */
  store?: readonly string[];
  architecture?: Architecture;
};

/** The one for this machine has the name that a chart of this program pulls. */
export const tagOf = (image: ImageName, architecture = hostArchitecture()): string =>
  `localhost/touchstone/${image}:${VERSION}${architecture === hostArchitecture() ? "" : `-${architecture}`}`;

export type Made = { digest: string; bom: Bom };

/** Builds an image and answers its digest, and what is in it. */
export const buildImage = async (image: ImageName, { store = [], architecture = hostArchitecture() }: BuildOptions = {}): Promise<Made> => {
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-image-"));
  try {
    const root = join(scratch, "root");
    const bom = await makeRoot(image, root, scratch, architecture);
    const file = join(CONTAINERFILES, `Containerfile.${image}`);
    const args = [
      "build",
      "--timestamp",
      "0",
      "--layers=false",
      "--isolation",
      "chroot",
      "--os",
      "linux",
      "--arch",
      architecture,
      "--quiet",
      "--file",
      file,
      "--tag",
      tagOf(image, architecture),
      root,
    ];
    await run("buildah", [...store, ...args], { maxBuffer: 2 ** 24 });
    const { stdout } = await run("buildah", [
      ...store,
      "inspect",
      "--type",
      "image",
      "--format",
      "{{.FromImageDigest}}",
      tagOf(image, architecture),
    ]);
    return { digest: stdout.trim(), bom };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** What an image is made of, as files beside it: their paths. */
const writeBeside = async (folder: string, image: string, bom: Bom): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const sbom = join(folder, `${image}.cdx.json`);
  await writeFile(sbom, `${JSON.stringify(bom, null, 1)}\n`);
  await writeFile(join(folder, `${image}.licenses.txt`), licenseReport(bom));
  return sbom;
};

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string" },
      push: { type: "string" },
      sign: { type: "string" },
      arch: { type: "string", multiple: true, default: [hostArchitecture()] },
      "plain-http": { type: "boolean", default: false },
    },
  });
  const beside = values.out ?? (values.sign === undefined ? undefined : await mkdtemp(join(tmpdir(), "touchstone-sbom-")));
  const architectures = ARCHITECTURES.filter((one) => values.arch.includes(one));
  const strange = values.arch.find((one) => !ARCHITECTURES.some((known) => known === one));
  if (strange !== undefined) throw new Error(`--arch ${strange}: it is one of ${ARCHITECTURES.join(", ")}`);
  for (const image of IMAGE_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name))) {
    const built: Built[] = [];
    for (const architecture of architectures) {
      const { digest, bom } = await buildImage(image, { architecture });
      const name = architecture === hostArchitecture() ? image : `${image}-${architecture}`;
      const bill = beside === undefined ? null : await writeBeside(beside, name, bom);
      const tag = tagOf(image, architecture);
      process.stdout.write(`${tag}  ${digest}\n`);
      built.push({ architecture, digest, from: `containers-storage:${tag}`, bill: values.sign === undefined ? null : bill });
    }
    if (values.push === undefined) continue;
    const pushed = await publish({ image, built, registry: values.push, key: values.sign ?? null, plainHttp: values["plain-http"] });
    process.stdout.write(`${pushed}\n`);
  }
}
