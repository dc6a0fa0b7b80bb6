/** Plans of one root of Terraform: one is made and shown, and then that one is carried out, or none. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { digestOfText } from "../deployment/digest.ts";
import { changesIn, plannedIn, protectedIn } from "./changes.ts";
import type { InfraPlan } from "./infra.ts";
import type { Basis, Root } from "./root.ts";

const OWNER_ONLY = 0o600;

/** What is remembered of a plan beside its file. */
const Remembered = z.strictObject({
  version: z.literal(1),
  plan: z.strictObject({
    id: z.string(),
    purpose: z.enum(["apply", "destroy"]),
    changes: z.array(
      z.strictObject({
        action: z.enum(["import", "add", "change", "replace", "destroy"]),
        kind: z.string(),
        address: z.string(),
        holdsData: z.boolean(),
      }),
    ),
    isProtected: z.array(z.string()),
  }),
  basis: z.strictObject({ deployment: z.string(), backend: z.string(), template: z.string() }),
});
type Remembered = z.infer<typeof Remembered>;

const BASIS_WORDS: Readonly<Record<keyof Basis, string>> = {
  deployment: "deployment.yaml",
  backend: "the place of the state",
  template: "the template",
};
const PARTS = ["deployment", "backend", "template"] as const;

const read = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
};

export type Plans = {
  make: (purpose: InfraPlan["purpose"]) => Promise<InfraPlan>;
  last: () => InfraPlan | null;
  /** The plan of that id, if it is the last one and still means the same. Throws PLAN_MISSING, PLAN_STALE. */
  standing: (id: string, purpose: InfraPlan["purpose"]) => InfraPlan;
  /** Carries out what stands, once: a plan that was begun is gone, whatever came of it. Throws PLAN_BROKEN_OFF besides. */
  carryOut: (id: string, purpose: InfraPlan["purpose"]) => Promise<void>;
};

/** `deployment` is the name that errors call. */
export const openPlans = (root: Root, deployment: string): Plans => {
  const memory = join(root.folder, "plan.json");
  const recall = (): Remembered | null => {
    const text = read(memory);
    return text === null ? null : (Remembered.safeParse(JSON.parse(text)).data ?? null);
  };
  const remember = (remembered: Remembered): void => {
    writeFileSync(`${memory}.new`, `${JSON.stringify(remembered, null, 2)}\n`, { mode: OWNER_ONLY });
    renameSync(`${memory}.new`, memory);
  };
  const forget = (): void => {
    rmSync(memory, { force: true });
    rmSync(root.planFile, { force: true });
  };
  const standing: Plans["standing"] = (id, purpose) => {
    const remembered = recall();
    if (remembered === null || remembered.plan.id !== id || remembered.plan.purpose !== purpose)
      throw userError("PLAN_MISSING", deployment);
    const changed = PARTS.find((part) => remembered.basis[part] !== root.basis[part]);
    if (changed !== undefined) throw userError("PLAN_STALE", deployment, BASIS_WORDS[changed]);
    if (!existsSync(root.planFile)) throw userError("PLAN_MISSING", deployment);
    if (digestOfText(readFileSync(root.planFile)) !== id) throw userError("PLAN_STALE", deployment, "the file of the plan");
    return remembered.plan;
  };
  return {
    make: async (purpose) => {
      await root.init();
      forget();
      // Of a plan that failed, terraform may leave a file.
      await root.plan(purpose).catch((thrown: unknown) => {
        forget();
        throw thrown;
      });
      const planned = plannedIn(await root.show());
      const id = digestOfText(readFileSync(root.planFile));
      const plan: InfraPlan = { id, purpose, changes: changesIn(planned), isProtected: protectedIn(planned) };
      remember({ version: 1, plan, basis: root.basis });
      return plan;
    },
    last: () => recall()?.plan ?? null,
    standing,
    carryOut: async (id, purpose) => {
      standing(id, purpose);
      rmSync(memory);
      try {
        await root.applyPlan((reason) => userError("PLAN_BROKEN_OFF", deployment, reason));
      } finally {
        forget();
      }
    },
  };
};
