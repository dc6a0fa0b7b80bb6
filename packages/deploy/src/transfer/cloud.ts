/**
 * The cloud's part of taking over: the state goes to a backend of the customer's, and the template is applied without the operator in it.
 * `terraform state push` refuses a state that is older than, or other than, the one that is there.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { programPath, runProgram } from "../cluster/program.ts";
import type { InfraDriver } from "../infra/infra.ts";
import type { Step } from "./journal.ts";

const NEEDS = "1.11 or newer";
const OWNER_ONLY = 0o600;

export type Backend = { type: string; config: Readonly<Record<string, string>> };

const Identity = z.looseObject({ lineage: z.string(), serial: z.number() });
const identityOf = (state: string): { lineage: string; serial: number } | null => {
  try {
    return Identity.parse(JSON.parse(state));
  } catch {
    return null;
  }
};

const hcl = (value: string): string => JSON.stringify(value).replaceAll(/([$%])\{/g, "$1$1{");

/** A folder in which terraform knows nothing but where a state is: no provider is needed to carry one. */
const withBackend = async <T>(
  { type, config }: Backend,
  env: NodeJS.ProcessEnv,
  work: (run: (...args: string[]) => Promise<string>, folder: string) => Promise<T>,
): Promise<T> => {
  const program = programPath("terraform", NEEDS, env);
  const folder = await mkdtemp(join(tmpdir(), "touchstone-state-"));
  const run = async (...args: string[]): Promise<string> => {
    const ended = await runProgram(program, args, {
      cwd: folder,
      env: { ...env, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" },
    });
    if (ended.status !== 0)
      throw userError(
        "TOOL_FAILED",
        "terraform",
        args.slice(0, 2).join(" "),
        ended.stderr
          .trim()
          .split("\n")
          .filter((line) => line.trim() !== "│")
          .slice(0, 4)
          .join(" "),
      );
    return ended.stdout;
  };
  try {
    const settings = Object.entries(config).map(([name, value]) => `    ${name} = ${hcl(value)}\n`);
    await writeFile(join(folder, "backend.tf"), `terraform {\n  backend "${type}" {\n${settings.join("")}  }\n}\n`, { mode: OWNER_ONLY });
    await run("init", "-no-color");
    return await work(run, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Puts a state where the customer keeps it. The same state once more changes nothing. */
export const stateStep = (backend: Backend, state: string, env: NodeJS.ProcessEnv): Step => ({
  name: "cloud-state",
  title: `the state of Terraform goes to the customer's backend (${backend.type})`,
  run: () =>
    withBackend(backend, env, async (run, folder) => {
      const [there, given] = [identityOf(await run("state", "pull")), identityOf(state)];
      if (given === null) throw userError("STATE_UNUSABLE", "the state", "it is not one that terraform has written");
      if (there?.lineage === given.lineage && there.serial >= given.serial) return "it was there";
      await writeFile(join(folder, "given.tfstate"), state, { mode: OWNER_ONLY });
      await run("state", "push", "given.tfstate");
      return `serial ${given.serial}`;
    }),
});

/** Applies the template as the customer's deployment.yaml has it. What would go with its data stops it: that is no part of a transfer. */
export const principalsStep = (open: () => InfraDriver, tell: (line: string) => void): Step => ({
  name: "cloud-principals",
  title: "the operator's principals are taken out of the cloud",
  run: async () => {
    const infra = open();
    const { id, changes } = await infra.plan();
    for (const { action, address } of changes) tell(`  ${action} ${address}`);
    const loss = changes.find(({ action, holdsData }) => holdsData && (action === "destroy" || action === "replace"));
    if (loss !== undefined)
      throw userError(
        "TRANSFER_NOT_POSSIBLE",
        loss.address,
        `it holds data, and the plan would ${loss.action} it`,
        "bring deployment.yaml to what there is (touchstone deploy infra plan), and run the same command again",
      );
    if (changes.length === 0) return "there was nothing to change";
    await infra.apply(id);
    return `${changes.length} changes applied`;
  },
});
