/** All routes with their handlers. A noun is one file and one line. */
import { API } from "@touchstone/core/routes/index";
import { bound } from "../http/serve.ts";
import { activityHandlers } from "./activity.ts";
import { anomalyHandlers } from "./anomalies.ts";
import { checkTemplateHandlers } from "./check-templates.ts";
import { checksAsCodeHandlers } from "./checks-as-code.ts";
import { checkHandlers } from "./checks.ts";
import { computedFieldHandlers } from "./computed-fields.ts";
import { connectionHandlers } from "./connections.ts";
import { containerHandlers } from "./containers.ts";
import { datastoreHandlers } from "./datastores.ts";
import { exportHandlers } from "./exports.ts";
import { fieldHandlers } from "./fields.ts";
import { profileHandlers } from "./profiles.ts";
import { searchHandlers } from "./search.ts";
import { dataplaneHandlers } from "./dataplanes.ts";
import { operationHandlers } from "./operations.ts";
import { protocolHandlers } from "./protocol.ts";
import { scheduleHandlers } from "./schedules.ts";
import { authHandlers } from "./auth.ts";
import { deviceHandlers } from "./device.ts";
import { directoryHandlers } from "./directory.ts";
import { providerHandlers } from "./providers.ts";
import { provisioningTokenHandlers } from "./provisioning-tokens.ts";
import { setupHandlers } from "./setup.ts";
import { ssoHandlers } from "./sso.ts";
import { systemHandlers } from "./system.ts";
import { tagHandlers } from "./tags.ts";
import { teamHandlers } from "./teams.ts";
import { serviceUserHandlers, userTokenHandlers } from "./tokens.ts";
import { userHandlers } from "./users.ts";

export const ROUTES = [
  ...bound(API.activity, activityHandlers),
  ...bound(API.anomalies, anomalyHandlers),
  ...bound(API.checks, checkHandlers),
  ...bound(API.checksAsCode, checksAsCodeHandlers),
  ...bound(API.checkTemplates, checkTemplateHandlers),
  ...bound(API.computedFields, computedFieldHandlers),
  ...bound(API.connections, connectionHandlers),
  ...bound(API.containers, containerHandlers),
  ...bound(API.datastores, datastoreHandlers),
  ...bound(API.exports, exportHandlers),
  ...bound(API.fields, fieldHandlers),
  ...bound(API.profiles, profileHandlers),
  ...bound(API.search, searchHandlers),
  ...bound(API.serviceUsers, serviceUserHandlers),
  ...bound(API.dataplanes, dataplaneHandlers),
  ...bound(API.operations, operationHandlers),
  ...bound(API.protocol, protocolHandlers),
  ...bound(API.schedules, scheduleHandlers),
  ...bound(API.auth, authHandlers),
  ...bound(API.device, deviceHandlers),
  ...bound(API.directory, directoryHandlers),
  ...bound(API.providers, providerHandlers),
  ...bound(API.provisioningTokens, provisioningTokenHandlers),
  ...bound(API.sso, ssoHandlers),
  ...bound(API.setup, setupHandlers),
  ...bound(API.system, systemHandlers),
  ...bound(API.tags, tagHandlers),
  ...bound(API.teams, teamHandlers),
  ...bound(API.userTokens, userTokenHandlers),
  ...bound(API.users, userHandlers),
];
