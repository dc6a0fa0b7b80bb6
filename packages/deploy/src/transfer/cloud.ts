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
import { backendConfig, backendOverride, type Backend } from "../infra/backend.ts";
import { takesData } from "../infra/changes.ts";
import type { InfraDriver } from "../infra/infra.ts";
import { environmentOf, TERRAFORM_NEEDS } from "../infra/root.ts";
import { reasonOf } from "../infra/terraform-says.ts";
import type { Step } from "./journal.ts";

const OWNER_ONLY = 0o600;

const Identity = z.looseObject({ lineage: z.string(), serial: z.number() });
const identityOf = (state: string): { lineage: string; serial: number } | null => {
  try {
    return Identity.parse(JSON.parse(state));
  } catch {
    return null;
  }
};

type Run = (args: readonly string[], input?: string) => Promise<string>;

/** A folder in which terraform knows nothing but where a state is: no provider is needed to carry one, and no state is ever in it. */
const withBackend = async <T>(backend: Backend, { env, signal }: Surroundings, work: (run: Run) => Promise<T>): Promise<T> => {
  const program = programPath("terraform", TERRAFORM_NEEDS, env);
  const folder = await mkdtemp(join(tmpdir(), "touchstone-state-"));
  const run: Run = async (args, input) => {
    const given = { cwd: folder, env: environmentOf(env), signal, ...(input === undefined ? {} : { input }) };
    const ended = await runProgram(program, args, given);
    if (signal.aborted) throw userError("ABORTED");
    if (ended.status !== 0) throw userError("TOOL_FAILED", "terraform", args.slice(0, 2).join(" "), reasonOf(ended));
    return ended.stdout;
  };
  try {
    await writeFile(join(folder, "backend.tf"), backendOverride(backend), { mode: OWNER_ONLY });
    await writeFile(join(folder, "backend.hcl"), backendConfig(backend), { mode: OWNER_ONLY });
    await run(["init", "-no-color", "-backend-config=backend.hcl"]);
    return await work(run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export type Surroundings = { env: NodeJS.ProcessEnv; signal: AbortSignal };

/** Puts a state where the customer keeps it. The same state once more changes nothing. */
export const stateStep = (backend: Backend, state: string, surroundings: Surroundings): Step => ({
  name: "cloud-state",
  title: `the state of Terraform goes to the customer's backend (${backend.type})`,
  run: () =>
    withBackend(backend, surroundings, async (run) => {
      const [there, given] = [identityOf(await run(["state", "pull"])), identityOf(state)];
      if (given === null) throw userError("STATE_UNUSABLE", "the state", "it is not one that terraform has written");
      if (there?.lineage === given.lineage && there.serial >= given.serial) return "it was there";
      // By its standard input: a state holds secrets.
      await run(["state", "push", "-"], state);
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
    const loss = changes.find(takesData);
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
