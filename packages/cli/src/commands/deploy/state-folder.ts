/** Where a deployment's files of terraform are: what --state-folder says, or in the data folder by the deployment's name. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Deployment } from "@touchstone/deploy/deployment/deployment";
import { text, type Option, type Values } from "../command.ts";

export const STATE_FOLDER_OPTION: Option = {
  flags: "--state-folder <folder>",
  docs: "private folder of Terraform's plans and local state; where nothing is said, deployments/NAME in TOUCHSTONE_DATA or ~/.touchstone",
};

export const stateFolderOf = (values: Values, { name }: Deployment): string =>
  resolve(text(values, "stateFolder") ?? join(process.env["TOUCHSTONE_DATA"] || join(homedir(), ".touchstone"), "deployments", name));
