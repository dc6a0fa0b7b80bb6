/** Whether the chart takes the values that follow from deployment.yaml. */
import { toErrorInfo, UserError } from "@touchstone/core/errors";
import { ok, problem } from "@touchstone/core/model/finding";
import type { Check } from "./check.ts";

const ID = "chart";

export const chart: Check = {
  id: ID,
  looks: "the chart, rendered with the values of this deployment",
  needs: "values that the chart's schema and its own checks take",
  look: async ({ rendered, site: { deployment } }) => {
    try {
      return [ok(ID, `${(await rendered()).length} objects, of size ${deployment.size}`)];
    } catch (thrown) {
      if (!(thrown instanceof UserError) || toErrorInfo(thrown).code !== "TOOL_FAILED") throw thrown;
      const { why } = toErrorInfo(thrown);
      return [
        problem(
          ID,
          why,
          "values that the chart takes",
          "correct deployment.yaml; touchstone deploy render --values prints what the chart gets",
        ),
      ];
    }
  },
};
