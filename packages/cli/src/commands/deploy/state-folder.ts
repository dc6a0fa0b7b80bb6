/** Where a deployment's files of terraform are, unless somebody says otherwise: in the data folder, by the deployment's name. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "@touchstone/deploy/deployment/deployment";

export const stateFolder = ({ name }: Deployment): string =>
  join(process.env["TOUCHSTONE_DATA"] || join(homedir(), ".touchstone"), "deployments", name);
