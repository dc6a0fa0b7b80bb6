/** What this service says of itself to a directory (RFC 7643 §5, §6). */
import { COUNT_MAX, SCHEMAS } from "@touchstone/core/routes/provisioning";

export const DESCRIPTION = Object.freeze({
  schemas: [SCHEMAS.config],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: COUNT_MAX },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    { type: "oauthbearertoken", name: "Bearer token", description: "A token for provisioning, made by an administrator", primary: true },
  ],
});

const resourceType = (name: "User" | "Group", schema: string) => ({
  schemas: [SCHEMAS.type],
  id: name,
  name,
  endpoint: `/${name}s`,
  schema,
  schemaExtensions: [],
});

export const RESOURCE_TYPES = [resourceType("User", SCHEMAS.user), resourceType("Group", SCHEMAS.group)] as const;
