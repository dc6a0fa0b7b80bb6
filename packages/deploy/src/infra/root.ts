/**
 * One root of Terraform on disk: a copy of the template in a private folder, its inputs and its backend written beside it, and terraform
 * run there. Nothing secret is written by us; a plan and a local state hold what the providers put into them, so the folder is the owner's only.
 */
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { userError } from "@touchstone/core/errors";
import { programPath, runProgram, type Ended } from "../cluster/program.ts";
import { digestOf, digestOfText } from "../deployment/digest.ts";
import { backendConfig, backendIn, backendOverride, type Backend, type RootName } from "./backend.ts";
import type { Inputs } from "./inputs.ts";
import { reasonOf, told } from "./terraform-says.ts";

export const TERRAFORM_NEEDS = "1.11 or newer";
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** How long another process that changes the same state is waited for. */
const LOCK_TIMEOUT = "60s";

export type RootSite = {
  name: RootName;
  /** Folder of the template. */
  template: string;
  /** Private folder of the deployment. */
  folder: string;
  inputs: Inputs;
  backend: Backend;
  env: NodeJS.ProcessEnv;
  tell: (line: string) => void;
  signal: AbortSignal;
};

/** What a plan was made of: by each part, so that it can be said which one changed. */
export type Basis = { deployment: string; backend: string; template: string };

export type Root = {
  basis: Basis;
  planFile: string;
  /** Folder of what is remembered beside the plan. */
  folder: string;
  init: () => Promise<void>;
  plan: (purpose: "apply" | "destroy") => Promise<void>;
  /** The plan as JSON; it holds values, some of them secrets. */
  show: () => Promise<string>;
  /** What it throws when terraform does not come to the plan's end is said by who asks. */
  applyPlan: (broken: (reason: string) => Error) => Promise<void>;
  output: () => Promise<Record<string, unknown>>;
  pull: () => Promise<string | null>;
};

const isOfTemplate = (path: string): boolean => !/(^|\/)(\.terraform|tests)(\/|$)|\.tfstate|\.terraform\.lock\.hcl$/.test(path);

const filesOf = (template: string): string[] =>
  globSync("**/*", { cwd: template })
    .filter((path) => isOfTemplate(path) && statSync(join(template, path)).isFile())
    .toSorted();

const digestOfTemplate = (template: string): string =>
  digestOf(filesOf(template).map((path) => [path, digestOfText(readFileSync(join(template, path)))]));

export const textOfTemplate = (template: string): string =>
  globSync("*.tf", { cwd: template })
    .toSorted()
    .map((file) => readFileSync(join(template, file), "utf8"))
    .join("\n");

/** The template as it is now, without what an older one had; terraform's own folder stays, and with it what was downloaded. */
const lay = (work: string, { template, inputs, backend }: RootSite): void => {
  mkdirSync(work, { recursive: true, mode: OWNER_ONLY_FOLDER });
  for (const name of readdirSync(work)) if (!name.startsWith(".terraform")) rmSync(join(work, name), { recursive: true });
  cpSync(template, work, { recursive: true, filter: (path) => isOfTemplate(relative(template, path)) });
  const write = (name: string, text: string): void => writeFileSync(join(work, name), text, { mode: OWNER_ONLY });
  write("touchstone.auto.tfvars.json", `${JSON.stringify(inputs, null, 2)}\n`);
  write("backend.hcl", backendConfig(backend));
  if (backendIn(textOfTemplate(template)) !== backend.type) write("backend_override.tf", backendOverride(backend));
};

/** Terraform asks nothing, dials no version check, and is not told other arguments than those that are written here. */
export const environmentOf = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !/^TF_(CLI_ARGS|WORKSPACE|DATA_DIR)/.test(name))),
  TF_IN_AUTOMATION: "1",
  TF_INPUT: "0",
  CHECKPOINT_DISABLE: "1",
});

/** Finds terraform. Throws TOOL_MISSING. */
export const openRoot = (site: RootSite): Root => {
  const { name, backend, inputs, signal } = site;
  const program = programPath("terraform", TERRAFORM_NEEDS, site.env);
  const folder = join(site.folder, name);
  const work = join(folder, "work");
  const planFile = join(folder, "plan.tfplan");
  const transcript = join(folder, "terraform.log");
  const env = environmentOf(site.env);

  type Failure = (reason: string) => Error;
  const cannot =
    (doing: string): Failure =>
    (reason) =>
      userError("TOOL_FAILED", "terraform", doing, reason);
  const failed = (failure: Failure, ended: Ended): Error => (signal.aborted ? userError("ABORTED") : failure(reasonOf(ended)));
  const run = async (doing: string, args: readonly string[], isFine = (status: number) => status === 0): Promise<Ended> => {
    const ended = await runProgram(program, args, { cwd: work, env, signal });
    if (!isFine(ended.status)) throw failed(cannot(doing), ended);
    return ended;
  };
  /** What takes a lock on the state ends its step before it ends, and is not ended by our end. */
  const runToItsEnd = async (failure: Failure, args: readonly string[]): Promise<void> => {
    const warn = (): void =>
      site.tell("terraform was asked to stop: it ends the step it is at and writes down what it has made, which may take minutes");
    signal.addEventListener("abort", warn, { once: true });
    try {
      const onLine = (line: string): void => {
        const news = told(line);
        if (news !== null) site.tell(news);
      };
      const ended = await runProgram(program, args, { cwd: work, env, signal, transcript, onLine });
      if (ended.status !== 0) throw failed(failure, ended);
      rmSync(transcript, { force: true });
    } finally {
      signal.removeEventListener("abort", warn);
    }
  };
  const init = async (): Promise<void> => {
    lay(work, site);
    if (backend.type === "local") mkdirSync(join(site.folder, "state"), { recursive: true, mode: OWNER_ONLY_FOLDER });
    await run("prepare itself", ["init", "-no-color", "-backend-config=backend.hcl"]);
  };

  return {
    basis: { deployment: digestOf(inputs), backend: digestOf(backend), template: digestOfTemplate(site.template) },
    planFile,
    folder,
    init,
    plan: (purpose) =>
      runToItsEnd(cannot("plan"), [
        "plan",
        "-json",
        `-lock-timeout=${LOCK_TIMEOUT}`,
        `-out=${planFile}`,
        ...(purpose === "destroy" ? ["-destroy"] : []),
      ]),
    show: async () => (await run("show its plan", ["show", "-json", planFile])).stdout,
    applyPlan: (broken) => runToItsEnd(broken, ["apply", "-json", `-lock-timeout=${LOCK_TIMEOUT}`, planFile]),
    output: async () => {
      const { stdout } = await run("tell its outputs", ["output", "-json"]);
      const outputs: Record<string, { value: unknown }> = JSON.parse(stdout);
      return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
    },
    pull: async () => (await run("read its state", ["state", "pull"])).stdout.trim() || null,
  };
};
