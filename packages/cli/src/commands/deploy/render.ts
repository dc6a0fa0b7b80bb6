import { stringify } from "yaml";
import { chartOf } from "@touchstone/deploy/release/chart";
import { withVerifiedChart } from "@touchstone/deploy/release/verified-chart";
import { chartValuesOf } from "@touchstone/deploy/deployment/chart-values";
import { plain } from "../../formats/words.ts";
import { flag, type Command } from "../command.ts";
import { FILE_OPTION, openDeployment } from "./open-deployment.ts";

export const render: Command = {
  usage: "render",
  summary: "print the objects that an installation consists of",
  docs: "Renders the chart with the values that follow from deployment.yaml. Asks no cluster. For GitOps, or to be read before an installation.",
  options: [FILE_OPTION, { flags: "--values", docs: "print the values of the chart instead" }],
  examples: ["touchstone deploy render", "touchstone deploy render --values > values.yaml"],
  run: async (_args, values, terminal) => {
    const { deployment, openHelm } = await openDeployment(values, terminal);
    const chartValues = chartValuesOf(deployment);
    if (flag(values, "values")) {
      terminal.stdout.write(stringify(chartValues));
      return 0;
    }
    const helm = await openHelm();
    try {
      const { signal } = terminal;
      const tell = (line: string): void => void terminal.stderr.write(`${plain(line)}\n`);
      const { stdout } = await withVerifiedChart({ deployment, helm, tell, signal }, ({ deployment: verified }) =>
        helm.good("render the chart", ["template", deployment.name, ...chartOf(verified)], { values: chartValues, signal }),
      );
      terminal.stdout.write(stdout);
      return 0;
    } finally {
      await helm.close();
    }
  },
};
