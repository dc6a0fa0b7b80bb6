/**
 * Builds the images: `node packages/deploy/src/images/build.ts [control-plane|dataplane|updater]…`, as localhost/touchstone/NAME:VERSION in buildah's store.
 * The times of all files are those of the epoch, so the same inputs give the same digest.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { VERSION } from "../chart/files.ts";
import { IMAGE_NAMES, makeRoot, type ImageName } from "./root.ts";

const run = promisify(execFile);
const CONTAINERFILES = join(import.meta.dirname, "../../../../deploy/images");

export type BuildOptions = {
  /** Arguments of buildah before its command: another store, say. */
  store?: readonly string[];
};

export const tagOf = (image: ImageName): string => `localhost/touchstone/${image}:${VERSION}`;

/** Builds an image and answers its digest. */
export const buildImage = async (image: ImageName, { store = [] }: BuildOptions = {}): Promise<string> => {
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-image-"));
  try {
    const root = join(scratch, "root");
    await makeRoot(image, root, scratch);
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
    return stdout.trim();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

if (import.meta.main) {
  const asked = process.argv.slice(2);
  for (const image of IMAGE_NAMES.filter((name) => asked.length === 0 || asked.includes(name)))
    process.stdout.write(`${tagOf(image)}  ${await buildImage(image)}\n`);
}
