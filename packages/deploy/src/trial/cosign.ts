/** Cosign for tests, and keys of it, thrown away with their folder. */
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { orAbsent } from "../tools/cache.ts";
import { cosign, COSIGN_MAJORS, type CosignMajor } from "../tools/cosign.ts";

const run = promisify(execFile);

export type TrialCosign = {
  major: CosignMajor;
  /** Why there is none here; null where there is. */
  absent: string | null;
  /** Finds it, and has the password of the keys. */
  env: NodeJS.ProcessEnv;
};

/** Throws PackageAltered. */
export const everyCosign = (): Promise<TrialCosign[]> =>
  Promise.all(
    COSIGN_MAJORS.map(async (major) => {
      const found = await orAbsent(`cosign ${major}`, () => cosign(major));
      const env = { ...process.env, COSIGN_PASSWORD: "for a trial only" };
      return typeof found === "string" ? { major, absent: null, env: { ...env, COSIGN: found } } : { major, absent: found.absent, env };
    }),
  );

export const runCosign = ({ env }: TrialCosign, args: readonly string[], cwd?: string) =>
  run(env["COSIGN"] ?? "cosign", args, { env, ...(cwd === undefined ? {} : { cwd }) });

export type CosignKeys = { privateFile: string; publicFile: string; publicPem: string };

/** `cosign generate-key-pair`, as who publishes makes one. */
export const makeCosignKeys = async (of: TrialCosign, folder: string): Promise<CosignKeys> => {
  await mkdir(folder, { recursive: true });
  await runCosign(of, ["generate-key-pair"], folder);
  const publicFile = join(folder, "cosign.pub");
  return { privateFile: join(folder, "cosign.key"), publicFile, publicPem: await readFile(publicFile, "utf8") };
};
