/** The routes of the API by noun. A noun is one file and one line. */
import { activity } from "./activity.ts";
import { anomalies } from "./anomalies.ts";
import { checkTemplates } from "./check-templates.ts";
import { checksAsCode } from "./checks-as-code.ts";
import { checks } from "./checks.ts";
import { computedFields } from "./computed-fields.ts";
import { containers } from "./containers.ts";
import { datastores } from "./datastores.ts";
import { exports } from "./exports.ts";
import { fields, profiles } from "./fields.ts";
import { search } from "./search.ts";
import { dataplanes, protocol } from "./dataplanes.ts";
import { operations, schedules } from "./operations.ts";
import { auth } from "./auth.ts";
import { connections } from "./connections.ts";
import { device } from "./device.ts";
import { providers } from "./providers.ts";
import { directory, provisioningTokens } from "./provisioning.ts";
import { setup } from "./setup.ts";
import { sso } from "./sso.ts";
import { system } from "./system.ts";
import { tags } from "./tags.ts";
import { teams } from "./teams.ts";
import { serviceUsers, userTokens } from "./tokens.ts";
import { users } from "./users.ts";

/** Version of the API: the first number changes when something a client relied on goes away (docs/api-changes.md). */
export const API_VERSION = "1.3";

export const API = {
  activity,
  anomalies,
  auth,
  checkTemplates,
  checks,
  checksAsCode,
  computedFields,
  connections,
  containers,
  dataplanes,
  datastores,
  device,
  directory,
  exports,
  fields,
  operations,
  profiles,
  protocol,
  providers,
  provisioningTokens,
  schedules,
  search,
  serviceUsers,
  setup,
  sso,
  system,
  tags,
  teams,
  userTokens,
  users,
};
