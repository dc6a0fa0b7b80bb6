/**
 * An image into a registry, as it was built, and signed where a key is there: cosign (2 or newer) signs the digest, and attests its bill of
 * materials. Nothing is told to a public log: who verifies needs the public key, and no network.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { VERSION } from "../chart/files.ts";
import { programPath } from "../cluster/program.ts";
import type { ImageName } from "./root.ts";

const run = promisify(execFile);

export type Publication = {
  image: ImageName;
  digest: string;
  registry: string;
  /** A key of cosign's (its password in COSIGN_PASSWORD), or an address of one in a key store; and the bill's file. */
  signing: { key: string; sbom: string } | null;
  plainHttp: boolean;
};

/** With a key, and without a word to a public log. */
export const cosignArguments = (key: string, plainHttp: boolean): string[] => [
  "--key",
  key,
  "--tlog-upload=false",
  "--yes",
  ...(plainHttp ? ["--allow-http-registry"] : []),
];

/** Pushes and signs, and answers the image by its digest. Throws when the registry has another than was built. */
export const publish = async ({ image, digest, registry, signing, plainHttp }: Publication): Promise<string> => {
  const skopeo = programPath("skopeo", "1.7 or newer");
  // Looked for before anything is pushed: an image without its signature is none to be pulled.
  const cosign = signing === null ? null : programPath("cosign", "2 or newer");
  const name = `${registry.replace(/\/+$/, "")}/touchstone/${image}`;
  const local = `containers-storage:localhost/touchstone/${image}:${VERSION}`;
  await run(skopeo, ["copy", "--quiet", "--preserve-digests", `--dest-tls-verify=${!plainHttp}`, local, `docker://${name}:${VERSION}`]);
  const { stdout } = await run(skopeo, ["inspect", "--format", "{{.Digest}}", `--tls-verify=${!plainHttp}`, `docker://${name}:${VERSION}`]);
  if (stdout.trim() !== digest) throw new Error(`${name} has the digest ${stdout.trim()}, and ${digest} was built`);
  const reference = `${name}@${digest}`;
  if (signing !== null && cosign !== null) {
    const always = cosignArguments(signing.key, plainHttp);
    await run(cosign, ["sign", ...always, reference]);
    await run(cosign, ["attest", ...always, "--type", "cyclonedx", "--predicate", signing.sbom, reference]);
  }
  return reference;
};
