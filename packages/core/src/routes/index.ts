/** The routes of the API by noun. A noun is one file and one line. */
import { auth } from "./auth.ts";
import { connections } from "./connections.ts";
import { device } from "./device.ts";
import { providers } from "./providers.ts";
import { directory, provisioningTokens } from "./provisioning.ts";
import { setup } from "./setup.ts";
import { sso } from "./sso.ts";
import { system } from "./system.ts";

/** Version of the API: the first number changes when something a client relied on goes away (docs/api-changes.md). */
export const API_VERSION = "1.0";

export const API = { auth, connections, device, directory, providers, provisioningTokens, setup, sso, system };
