/** All routes with their handlers. A noun is one file and one line. */
import { API } from "@touchstone/core/routes/index";
import { bound } from "../http/serve.ts";
import { authHandlers } from "./auth.ts";
import { connectionHandlers } from "./connections.ts";
import { deviceHandlers } from "./device.ts";
import { directoryHandlers } from "./directory.ts";
import { providerHandlers } from "./providers.ts";
import { provisioningTokenHandlers } from "./provisioning-tokens.ts";
import { setupHandlers } from "./setup.ts";
import { ssoHandlers } from "./sso.ts";
import { systemHandlers } from "./system.ts";

export const ROUTES = [
  ...bound(API.auth, authHandlers),
  ...bound(API.connections, connectionHandlers),
  ...bound(API.device, deviceHandlers),
  ...bound(API.directory, directoryHandlers),
  ...bound(API.providers, providerHandlers),
  ...bound(API.provisioningTokens, provisioningTokenHandlers),
  ...bound(API.sso, ssoHandlers),
  ...bound(API.setup, setupHandlers),
  ...bound(API.system, systemHandlers),
];
