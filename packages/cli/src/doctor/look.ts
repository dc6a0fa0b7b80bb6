/** The whole look at an installation, in the order in which things depend on one another. */
import { readUsable, type Flags } from "@touchstone/server/config";
import { addressFindings, lookAtBaseUrl, lookAtPort } from "./address.ts";
import type { Finding } from "@touchstone/core/model/finding";
import { lookAtFolder } from "./folder.ts";
import { lookAtKeys } from "./keys.ts";
import { programFindings, spaceFinding } from "./program.ts";
import { settingFindings } from "./settings.ts";
import { lookAtStore } from "./store.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** All but the program itself. */
export const lookAtControlPlane = async (flags: Flags, env: Environment): Promise<Finding[]> => {
  const { config, faults } = readUsable(flags, env);
  const folder = await lookAtFolder(config);
  const keys = await lookAtKeys(config, folder.hasStore);
  const port = await lookAtPort(config);
  const store = await lookAtStore(config, folder, keys.ring, port.isRunning);
  return [
    ...settingFindings(faults, env),
    ...folder.findings,
    await spaceFinding("disk", config.data),
    ...keys.findings,
    ...port.findings,
    ...addressFindings(config, store.identityProviders),
    ...(await lookAtBaseUrl(config, port.isRunning)),
    ...store.findings,
  ];
};

export const lookAtInstallation = async (flags: Flags, env: Environment): Promise<Finding[]> => [
  ...(await programFindings()),
  ...(await lookAtControlPlane(flags, env)),
];
