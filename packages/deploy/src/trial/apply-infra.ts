/** A process of its own that carries out a plan, so that a test can kill it: its arguments are the folder, the plan and the deployment. */
import { join } from "node:path";
import { Deployment } from "../deployment/deployment.ts";
import { openTerraform } from "../infra/terraform.ts";

const [folder = "", id = "", deployment = "{}"] = process.argv.slice(2);
const driver = openTerraform(
  {
    deployment: Deployment.parse(JSON.parse(deployment)),
    folder: join(folder, "private"),
    env: { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null" },
    tell: () => undefined,
    signal: new AbortController().signal,
  },
  join(folder, "template"),
);
await driver.apply(id);
