/** Infrastructure that pretends: it keeps in its folder what it was asked to make, and counts how often it did something. */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Change, InfraPlan, OpenInfra } from "../infra/infra.ts";
import { Outputs } from "../infra/outputs.ts";

const read = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
};

const OUTPUTS = Outputs.parse({
  cluster_name: "pretended",
  database: { host: "db.internal", port: 5432, name: "touchstone", user: "touchstone", secret_ref: "vault/db" },
  storage_classes: ["touchstone-data", "touchstone-scratch"],
});

/** What it did is in `done.log` of its folder, a line each. */
export const openFakeInfra: OpenInfra = ({ deployment, folder }) => {
  const wanted = createHash("sha256")
    .update(JSON.stringify(deployment.cloud ?? null))
    .digest("hex");
  const made = join(folder, "made");
  const done = (what: string): void => appendFileSync(join(folder, "done.log"), `${what}\n`);
  mkdirSync(folder, { recursive: true });
  let last: InfraPlan | null = null;

  const change = (action: Change["action"]): Change => ({ action, kind: "fake_network", address: "fake_network.this", holdsData: false });
  const planOf = (purpose: InfraPlan["purpose"]): InfraPlan => {
    const found = read(made);
    const changes: Change[] =
      purpose === "destroy"
        ? found === null
          ? []
          : [change("destroy")]
        : found === wanted
          ? []
          : [change(found === null ? "add" : "change")];
    return { id: `${purpose}-${wanted}`, purpose, changes, isProtected: [] };
  };
  const taken = (id: string): InfraPlan => {
    const plan = last;
    last = null;
    if (plan === null || plan.id !== id) throw userError("PLAN_MISSING", deployment.name);
    return plan;
  };
  return {
    name: "fake",
    plan: async (purpose = "apply") => (last = planOf(purpose)),
    planned: async () => last,
    apply: async (id) => {
      if (taken(id).changes.length > 0) {
        writeFileSync(made, wanted);
        done("applied");
      }
      return OUTPUTS;
    },
    destroy: async (id) => {
      if (taken(id).changes.length === 0) return;
      rmSync(made);
      done("destroyed");
    },
    outputs: async () => (read(made) === null ? null : OUTPUTS),
    exportState: async () => read(made),
  };
};
