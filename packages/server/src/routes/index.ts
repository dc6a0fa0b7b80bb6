/** All routes with their handlers. A noun is one file and one line. */
import { API } from "@touchstone/core/routes/index";
import { bound } from "../http/serve.ts";
import { connectionHandlers } from "./connections.ts";
import { dataplaneHandlers } from "./dataplanes.ts";
import { operationHandlers } from "./operations.ts";
import { protocolHandlers } from "./protocol.ts";
import { scheduleHandlers } from "./schedules.ts";
import { setupHandlers } from "./setup.ts";
import { systemHandlers } from "./system.ts";

export const ROUTES = [
  ...bound(API.connections, connectionHandlers),
  ...bound(API.dataplanes, dataplaneHandlers),
  ...bound(API.operations, operationHandlers),
  ...bound(API.protocol, protocolHandlers),
  ...bound(API.schedules, scheduleHandlers),
  ...bound(API.setup, setupHandlers),
  ...bound(API.system, systemHandlers),
];
