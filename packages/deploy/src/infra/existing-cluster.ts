/** Infrastructure that is somebody else's: a cluster that was there before. Nothing is made, changed or removed. */
import type { InfraPlan, OpenInfra } from "./infra.ts";
import { NO_OUTPUTS } from "./outputs.ts";

const NOTHING = { id: "nothing", changes: [], isProtected: [] };

export const openExistingCluster: OpenInfra = ({ deployment, tell }) => {
  const said = (): void => tell(`the cluster of ${deployment.name} is not made here: there is nothing to do`);
  const plan = (purpose: InfraPlan["purpose"] = "apply"): InfraPlan => ({ ...NOTHING, purpose });
  return {
    name: "existing-cluster",
    plan: async (purpose) => plan(purpose),
    planned: async () => plan(),
    apply: async () => (said(), NO_OUTPUTS),
    destroy: async () => said(),
    outputs: async () => null,
    exportState: async () => null,
  };
};
