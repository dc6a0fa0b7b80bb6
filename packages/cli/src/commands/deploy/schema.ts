import { deploymentSchema } from "@touchstone/deploy/deployment/schema";
import type { Command } from "../command.ts";

export const schema: Command = {
  usage: "schema",
  summary: "print the JSON schema of deployment.yaml",
  docs: "Editors complete and check deployment.yaml with it.",
  options: [],
  examples: ["touchstone deploy schema > deployment.schema.json"],
  run: async (_args, _values, { stdout }) => {
    stdout.write(`${JSON.stringify(deploymentSchema(), null, 2)}\n`);
    return 0;
  },
};
