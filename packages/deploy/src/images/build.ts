/**
 * Builds the images: `node packages/deploy/src/images/build.ts [control-plane|dataplane|updater]…`, as localhost/touchstone/NAME:VERSION in buildah's store.
 * The times of all files are those of the epoch, so the same inputs give the same digest. `--out FOLDER` writes what each is made of beside
 * it; `--push REGISTRY` puts it there, and `--sign KEY` signs it with cosign, its bill of materials too.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { VERSION } from "../chart/files.ts";
import { licenseReport } from "./licenses.ts";
import { publish } from "./publish.ts";
import { IMAGE_NAMES, makeRoot, type ImageName } from "./root.ts";
import type { Bom } from "./sbom.ts";

const run = promisify(execFile);
const CONTAINERFILES = join(import.meta.dirname, "../../../../deploy/images");

export type BuildOptions = {
  /** Arguments of buildah before its command: another store, say. */
  store?: readonly string[];
};

export const tagOf = (image: ImageName): string => `localhost/touchstone/${image}:${VERSION}`;

export type Built = { digest: string; bom: Bom };

/** Builds an image and answers its digest, and what is in it. */
export const buildImage = async (image: ImageName, { store = [] }: BuildOptions = {}): Promise<Built> => {
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-image-"));
  try {
    const root = join(scratch, "root");
    const bom = await makeRoot(image, root, scratch);
    const file = join(CONTAINERFILES, `Containerfile.${image}`);
    const args = [
      "build",
      "--timestamp",
      "0",
      "--layers=false",
      "--isolation",
      "chroot",
      "--quiet",
      "--file",
      file,
      "--tag",
      tagOf(image),
      root,
    ];
    await run("buildah", [...store, ...args], { maxBuffer: 2 ** 24 });
    const { stdout } = await run("buildah", [...store, "inspect", "--type", "image", "--format", "{{.FromImageDigest}}", tagOf(image)]);
    return { digest: stdout.trim(), bom };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** What an image is made of, as files beside it: their paths. */
const writeBeside = async (folder: string, image: ImageName, bom: Bom): Promise<{ sbom: string }> => {
  await mkdir(folder, { recursive: true });
  const sbom = join(folder, `${image}.cdx.json`);
  await writeFile(sbom, `${JSON.stringify(bom, null, 1)}\n`);
  await writeFile(join(folder, `${image}.licenses.txt`), licenseReport(bom));
  return { sbom };
};

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string" },
      push: { type: "string" },
      sign: { type: "string" },
      "plain-http": { type: "boolean", default: false },
    },
  });
  const beside = values.out ?? (values.sign === undefined ? undefined : await mkdtemp(join(tmpdir(), "touchstone-sbom-")));
  for (const image of IMAGE_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name))) {
    const { digest, bom } = await buildImage(image);
    const written = beside === undefined ? null : await writeBeside(beside, image, bom);
    process.stdout.write(`${tagOf(image)}  ${digest}\n`);
    if (values.push === undefined) continue;
    const signing = values.sign === undefined || written === null ? null : { key: values.sign, sbom: written.sbom };
    const pushed = await publish({ image, digest, registry: values.push, signing, plainHttp: values["plain-http"] });
    process.stdout.write(`${pushed}\n`);
  }
}
