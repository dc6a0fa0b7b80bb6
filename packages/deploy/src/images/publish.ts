/**
 * An image into a registry, as it was built for each kind of processor, and signed where a key is there. For several it is an index, whose
 * digest is the image's then; the bill of materials is of each, and so is what attests it.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { VERSION } from "../chart/files.ts";
import { programPath } from "../cluster/program.ts";
import { INDEX_TYPE, MANIFEST_TYPE, openRepository, type Repository } from "../registry/client.ts";
import { referenceOf } from "../registry/reference.ts";
import type { Architecture } from "../tools/debian.ts";
import { openCosign } from "./cosign.ts";

const run = promisify(execFile);

export type Built = {
  architecture: Architecture;
  digest: string;
  /** Where it lies, as skopeo writes it. */
  from: string;
  /** The file of its bill of materials; null where none is attested. */
  bill: string | null;
};

export type Publication = {
  image: string;
  built: readonly Built[];
  registry: string;
  /** A key of cosign's (its password in COSIGN_PASSWORD), or an address of one in a key store; null: nothing is signed. */
  key: string | null;
  plainHttp: boolean;
  env?: NodeJS.ProcessEnv;
};

/** A list of one image for several kinds of processor (OCI image specification 1.1, image-index.md). The same images give the same bytes. */
export const indexOf = (built: readonly { architecture: Architecture; digest: string; size: number }[]): Buffer => {
  const manifests = built
    .toSorted((a, b) => (a.architecture < b.architecture ? -1 : 1))
    .map(({ architecture, digest, size }) => ({ mediaType: MANIFEST_TYPE, digest, size, platform: { architecture, os: "linux" } }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
};

const sizeIn = async (repository: Repository, digest: string): Promise<number> => {
  const found = await repository.manifest(digest);
  if (found === null) throw new Error(`${digest} did not arrive`);
  return found.bytes.length;
};

/** Pushes and signs, and answers the image by its digest. Throws when the registry has another than was built. */
export const publish = async ({ image, built, registry, key, plainHttp, env = process.env }: Publication): Promise<string> => {
  const skopeo = programPath("skopeo", "1.7 or newer", env);
  // Looked for before anything is pushed: an image without its signature is none to be pulled.
  const cosign = key === null ? null : await openCosign({ key, plainHttp, env });
  const name = `${registry.replace(/\/+$/, "")}/touchstone/${image}`;
  const isIndex = built.length > 1;
  for (const { architecture, digest, from } of built) {
    const target = `docker://${name}:${VERSION}${isIndex ? `-${architecture}` : ""}`;
    await run(skopeo, ["copy", "--quiet", "--preserve-digests", `--dest-tls-verify=${!plainHttp}`, from, target], { env });
    const { stdout } = await run(skopeo, ["inspect", "--format", "{{.Digest}}", `--tls-verify=${!plainHttp}`, target], { env });
    if (stdout.trim() !== digest) throw new Error(`${name} has the digest ${stdout.trim()}, and ${digest} was built`);
  }
  const repository = openRepository(referenceOf(`oci://${name}`, "--push"), { signal: new AbortController().signal, plainHttp, env });
  const sized = () => Promise.all(built.map(async (one) => ({ ...one, size: await sizeIn(repository, one.digest) })));
  const digest = isIndex ? await repository.writeManifest(VERSION, indexOf(await sized()), INDEX_TYPE) : built[0]?.digest;
  const reference = `${name}@${digest}`;
  await cosign?.sign(reference);
  for (const { digest: of, bill } of built) if (bill !== null) await cosign?.attest(`${name}@${of}`, bill);
  return reference;
};
