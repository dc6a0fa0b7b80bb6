/**
 * Cosign as a program (2 or 3): it signs what a registry has under a digest, and attests its bill of materials. Nothing is told to a public
 * log: who verifies needs the public key, and no network beside the registry.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { programPath } from "../cluster/program.ts";

const run = promisify(execFile);

export type Cosign = {
  /** With all platforms of an index, where it is one. */
  sign: (reference: string) => Promise<void>;
  attest: (reference: string, bill: string) => Promise<void>;
};

/** A key of cosign's (its password in COSIGN_PASSWORD), or an address of one in a key store. */
export type CosignOptions = { key: string; plainHttp: boolean; env?: NodeJS.ProcessEnv };

/**
 * Version 3 writes another format unless it is told, which version 2 and many policies of admission do not read, and refuses to leave the
 * log out where it takes its services from elsewhere. Version 2 knows neither flag. Packagers strip the version, so its help is asked.
 */
const OF_VERSION_3 = ["--use-signing-config=false", "--new-bundle-format=false"];

/** Finds it. Throws TOOL_MISSING. */
export const openCosign = async ({ key, plainHttp, env = process.env }: CosignOptions): Promise<Cosign> => {
  const path = programPath("cosign", "2 or newer", env);
  const { stdout } = await run(path, ["sign", "--help"], { env });
  const always = [
    "--key",
    key,
    "--tlog-upload=false",
    "--yes",
    ...(stdout.includes("--use-signing-config") ? OF_VERSION_3 : []),
    ...(plainHttp ? ["--allow-http-registry"] : []),
  ];
  return {
    sign: async (reference) => void (await run(path, ["sign", ...always, "--recursive", reference], { env })),
    attest: async (reference, bill) =>
      void (await run(path, ["attest", ...always, "--type", "cyclonedx", "--predicate", bill, reference], { env })),
  };
};
