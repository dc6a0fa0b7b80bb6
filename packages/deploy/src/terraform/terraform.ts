/** Terraform, run on a copy of a template with a provider that knows its schema, or with the real one of a local mirror. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { serveProvider } from "./provider.ts";
import type { ProviderSchema } from "./schema.ts";
import { TEMPLATES, type Root } from "./templates.ts";

const TIMEOUT_MS = 300_000;
const OUTPUT_MAX = 64 * 2 ** 20;

/** Path of the program, or null where there is none. It is not fetched: no registry has it. */
export const terraformPath = (): string | null =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "terraform"))
    .find((path) => existsSync(path)) ?? null;

/** A mirror of providers that some machines have, with the real one for AWS in it. */
export const MIRROR = "/opt/tf-plugins";
export const hasRealProvider = (root: Root): boolean => existsSync(join(MIRROR, "registry.terraform.io", root.provider));

export const readSchema = (name: string): ProviderSchema =>
  JSON.parse(readFileSync(join(import.meta.dirname, "schemas", `${name}.json`), "utf8")) as ProviderSchema;

export type Ran = { code: number; output: string };
export type Terraform = (...words: string[]) => Promise<Ran>;

const runner =
  (program: string, folder: string, environment: NodeJS.ProcessEnv): Terraform =>
  (...words) =>
    new Promise((resolve) => {
      const options = { cwd: folder, env: environment, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX };
      execFile(program, words, options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
      );
    });

/** Works with Terraform in a copy of the template, so that nothing is left in the project. */
export const withTerraform = async <T>(
  program: string,
  root: Root,
  provider: "schema" | "real",
  work: (terraform: Terraform, template: string) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-terraform-"));
  const settings = join(folder, "settings.tfrc");
  const template = join(folder, "template");
  const served = provider === "schema" ? await serveProvider(readSchema(root.schema)) : null;
  try {
    await writeFile(settings, served === null ? `provider_installation {\n  filesystem_mirror {\n    path = "${MIRROR}"\n  }\n}\n` : "");
    await cp(join(TEMPLATES, root.folder), template, { recursive: true, filter: (path) => !/\.terraform|\.tfstate/.test(path) });
    const reattach =
      served === null ? {} : { TF_REATTACH_PROVIDERS: JSON.stringify({ [`registry.terraform.io/${root.provider}`]: served.reattach }) };
    return await work(
      runner(program, template, {
        ...process.env,
        TF_CLI_CONFIG_FILE: settings,
        TF_IN_AUTOMATION: "1",
        CHECKPOINT_DISABLE: "1",
        ...reattach,
      }),
      template,
    );
  } finally {
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  }
};
