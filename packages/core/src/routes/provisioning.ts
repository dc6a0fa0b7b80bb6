/**
 * Provisioning of people and groups by a directory: SCIM 2.0 (RFC 7643, RFC 7644). Paths, names and kinds of answers are those
 * of the standard, not of the other routes. A group is a team.
 */
import { z } from "zod";
import { ID, PROVISIONING, role, route, type Route } from "./contract.ts";
import { NewToken } from "./setup.ts";

const MEDIA = "application/scim+json";
const CORE = "urn:ietf:params:scim:schemas:core:2.0";
const MESSAGES = "urn:ietf:params:scim:api:messages:2.0";
export const SCHEMAS = {
  user: `${CORE}:User`,
  group: `${CORE}:Group`,
  config: `${CORE}:ServiceProviderConfig`,
  type: `${CORE}:ResourceType`,
  list: `${MESSAGES}:ListResponse`,
} as const;

/** Resources of one answer. */
export const COUNT_MAX = 200;
/** Operations of one PATCH, and members of one group: directories push a group of thousands in slices. */
const OPERATIONS_MAX = 1000;
const MEMBERS_MAX = 20_000;

const text = z.string().max(1000);
const schemas = z.array(z.string());
const meta = z.object({ resourceType: z.string(), created: z.string(), lastModified: z.string(), location: z.string() });

/** Truth as directories spell it: one of them sends words. */
const Truth = z.union([z.boolean(), z.string().transform((word) => word.toLowerCase() === "true")]);

export const DirectoryUserInput = z
  .object({
    userName: text.min(1),
    externalId: text.nullish(),
    displayName: text.nullish(),
    name: z.object({ formatted: text.nullish(), givenName: text.nullish(), familyName: text.nullish() }).nullish(),
    emails: z
      .array(z.object({ value: text.nullish(), type: text.nullish(), primary: Truth.nullish() }))
      .max(50)
      .nullish(),
    active: Truth.nullish(),
  })
  .meta({ id: "DirectoryUserInput" });

export const DirectoryUser = z
  .object({
    schemas,
    id: z.string(),
    externalId: z.string().optional(),
    userName: z.string(),
    displayName: z.string(),
    name: z.object({ formatted: z.string(), givenName: z.string().optional(), familyName: z.string().optional() }),
    emails: z.array(z.object({ value: z.string(), type: z.string(), primary: z.boolean() })),
    active: z.boolean(),
    groups: z.array(z.object({ value: z.string(), display: z.string() })),
    meta,
  })
  .meta({ id: "DirectoryUser" });

const Members = z.array(z.object({ value: text })).max(MEMBERS_MAX);

export const DirectoryGroupInput = z
  .object({ displayName: z.string().trim().min(1).max(200), externalId: text.nullish(), members: Members.nullish() })
  .meta({ id: "DirectoryGroupInput" });

export const DirectoryGroup = z
  .object({
    schemas,
    id: z.string(),
    externalId: z.string().optional(),
    displayName: z.string(),
    /** Left out where the directory says it does not want them. */
    members: z.array(z.object({ value: z.string(), display: z.string() })).optional(),
    meta,
  })
  .meta({ id: "DirectoryGroup" });

/** Changes one by one. The word of one is written in capitals by some. */
export const DirectoryPatch = z
  .object({
    Operations: z
      .array(
        z.object({
          op: z
            .string()
            .toLowerCase()
            .pipe(z.enum(["add", "replace", "remove"])),
          path: text.nullish(),
          value: z.unknown().optional(),
        }),
      )
      .min(1)
      .max(OPERATIONS_MAX),
  })
  .meta({ id: "DirectoryPatch" });

const Listing = z.object({
  filter: text.optional(),
  startIndex: z.coerce.number().int().default(1),
  count: z.coerce.number().int().default(100),
  /** `members` leaves out the members of groups. */
  excludedAttributes: text.optional(),
});

const listOf = <T extends z.ZodType>(item: T) =>
  z.object({
    schemas,
    totalResults: z.number().int(),
    startIndex: z.number().int(),
    itemsPerPage: z.number().int(),
    Resources: z.array(item),
  });

const Named = z.object({ id: z.string().max(100) });
/** Descriptions of the service itself, fixed by what it does. */
const Described = z.record(z.string(), z.unknown());

const scim = <const R extends Omit<Route, "needs" | "media">>(definition: R) => route({ ...definition, needs: PROVISIONING, media: MEDIA });

export const directory = {
  config: scim({ method: "GET", path: "/scim/v2/ServiceProviderConfig", summary: "What this service can do", output: Described }),
  types: scim({ method: "GET", path: "/scim/v2/ResourceTypes", summary: "What can be provisioned", output: listOf(Described) }),
  users: scim({
    method: "GET",
    path: "/scim/v2/Users",
    summary: "The users that the directory provisions",
    query: Listing,
    output: listOf(DirectoryUser),
  }),
  createUser: scim({
    method: "POST",
    path: "/scim/v2/Users",
    summary: "Provisions a user; one with the same e-mail address is taken over",
    body: DirectoryUserInput,
    output: DirectoryUser,
    status: 201,
    audit: "directory.user.create",
    errors: ["OBJECT_EXISTS"],
  }),
  user: scim({ method: "GET", path: "/scim/v2/Users/{id}", summary: "A provisioned user", params: Named, output: DirectoryUser }),
  replaceUser: scim({
    method: "PUT",
    path: "/scim/v2/Users/{id}",
    summary: "Replaces what the directory says about a user",
    params: Named,
    body: DirectoryUserInput,
    output: DirectoryUser,
    audit: "directory.user.update",
    errors: ["OBJECT_EXISTS", "OBJECT_STATE_WRONG"],
  }),
  patchUser: scim({
    method: "PATCH",
    path: "/scim/v2/Users/{id}",
    summary: "Changes a user: keeps them out, say",
    params: Named,
    body: DirectoryPatch,
    output: DirectoryUser,
    audit: "directory.user.update",
    errors: ["OBJECT_EXISTS", "OBJECT_STATE_WRONG"],
  }),
  deleteUser: scim({
    method: "DELETE",
    path: "/scim/v2/Users/{id}",
    summary: "Ends the provisioning of a user, who is disabled; what they did stays theirs",
    params: Named,
    audit: "directory.user.delete",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  groups: scim({
    method: "GET",
    path: "/scim/v2/Groups",
    summary: "The teams that the directory provisions",
    query: Listing,
    output: listOf(DirectoryGroup),
  }),
  createGroup: scim({
    method: "POST",
    path: "/scim/v2/Groups",
    summary: "Provisions a team; one of the same name is taken over, with the members it has",
    body: DirectoryGroupInput,
    output: DirectoryGroup,
    status: 201,
    audit: "directory.group.create",
    errors: ["OBJECT_EXISTS"],
  }),
  group: scim({
    method: "GET",
    path: "/scim/v2/Groups/{id}",
    summary: "A provisioned team",
    params: Named,
    query: Listing.pick({ excludedAttributes: true }),
    output: DirectoryGroup,
  }),
  replaceGroup: scim({
    method: "PUT",
    path: "/scim/v2/Groups/{id}",
    summary: "Replaces a team's name and its provisioned members",
    params: Named,
    body: DirectoryGroupInput,
    output: DirectoryGroup,
    audit: "directory.group.update",
    errors: ["OBJECT_EXISTS"],
  }),
  patchGroup: scim({
    method: "PATCH",
    path: "/scim/v2/Groups/{id}",
    summary: "Adds and removes members of a team",
    params: Named,
    body: DirectoryPatch,
    output: DirectoryGroup,
    audit: "directory.group.update",
    errors: ["OBJECT_EXISTS"],
  }),
  deleteGroup: scim({
    method: "DELETE",
    path: "/scim/v2/Groups/{id}",
    summary: "Ends the provisioning of a team: its provisioned members leave, the team stays",
    params: Named,
    audit: "directory.group.delete",
  }),
};

/** A directory is set up for years; who forgets it notices within two. */
const DAYS_MAX = 730;
const DAYS = 365;

export const ProvisioningToken = z
  .object({
    id: z.number().int(),
    name: z.string(),
    created: z.string(),
    expires_at: z.string(),
    last_used: z.string().nullable(),
    revoked: z.boolean(),
  })
  .meta({ id: "ProvisioningToken" });

export const provisioningTokens = {
  list: route({
    method: "GET",
    path: "/auth/provisioning-tokens",
    summary: "Tokens of directories, the newest first",
    needs: role("Admin"),
    output: z.object({ items: z.array(ProvisioningToken), base_url: z.string() }),
  }),
  create: route({
    method: "POST",
    path: "/auth/provisioning-tokens",
    summary: "A token with which a directory can provision people and groups, and do nothing else; shown this once",
    needs: role("Admin"),
    body: z.object({ name: z.string().trim().min(1).max(100), expires_in_days: z.number().int().min(1).max(DAYS_MAX).default(DAYS) }),
    output: NewToken,
    status: 201,
    audit: "provisioning_token.create",
    secret: true,
    errors: ["OBJECT_EXISTS"],
  }),
  revoke: route({
    method: "DELETE",
    path: "/auth/provisioning-tokens/{id}",
    summary: "Ends a token of a directory",
    needs: role("Admin"),
    params: ID,
    audit: "provisioning_token.revoke",
  }),
};
