import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { COUNT_MAX, SCHEMAS, type directory, type DirectoryGroup, type DirectoryUser } from "@touchstone/core/routes/provisioning";
import { writeAudit } from "../auth/audit.ts";
import type { Context, Handlers } from "../http/serve.ts";
import { readFilter, type Filter } from "../provisioning/filter.ts";
import { groupChange, membersAfter, type GroupChange } from "../provisioning/group.ts";
import { DESCRIPTION, RESOURCE_TYPES } from "../provisioning/service.ts";
import { patchedPerson, readPerson, type DirectoryPerson } from "../provisioning/user.ts";
import type { Services } from "../services.ts";
import { isDuplicate } from "../store/paging.ts";
import { changeGroup, findGroup, groupOf, provisionedGroups, provisionGroup, setMembers, type Group } from "../store/provisioned-groups.ts";
import {
  findProvisioned,
  idOf,
  provision,
  provisionedOf,
  provisionedUsers,
  reprovision,
  setActive,
  unprovision,
  type Provisioned,
} from "../store/provisioned.ts";

type In = Context<Services>;

const metaOf = (
  kind: "User" | "Group",
  { id, createdAt, updatedAt }: { id: number; createdAt: Date; updatedAt: Date },
  { caller }: In,
) => ({
  resourceType: kind,
  created: createdAt.toISOString(),
  lastModified: updatedAt.toISOString(),
  location: `${caller.origin}/api/scim/v2/${kind}s/${id}`,
});

const userDocument = (user: Provisioned, context: In): z.input<typeof DirectoryUser> => ({
  schemas: [SCHEMAS.user],
  id: String(user.id),
  ...(user.externalId === null ? {} : { externalId: user.externalId }),
  userName: user.userName,
  displayName: user.name,
  name: {
    formatted: user.attributes.formatted ?? user.name,
    ...(user.attributes.givenName === null ? {} : { givenName: user.attributes.givenName }),
    ...(user.attributes.familyName === null ? {} : { familyName: user.attributes.familyName }),
  },
  emails: [{ value: user.email, type: "work", primary: true }],
  active: user.active,
  groups: user.groups.map(({ id, name }) => ({ value: String(id), display: name })),
  meta: metaOf("User", user, context),
});

const groupDocument = (group: Group, context: In, excluded = ""): z.input<typeof DirectoryGroup> => ({
  schemas: [SCHEMAS.group],
  id: String(group.id),
  ...(group.externalId === null ? {} : { externalId: group.externalId }),
  displayName: group.name,
  ...(excluded.split(/[\s,]+/).includes("members")
    ? {}
    : { members: group.members.map(({ id, name }) => ({ value: String(id), display: name })) }),
  meta: metaOf("Group", group, context),
});

type Listing = { startIndex: number; count: number };

/** Where a list begins and how much of it is answered: too little is taken for the least, too much for the most. */
const window = ({ startIndex, count }: Listing) => ({
  offset: Math.min(Math.max(startIndex, 1), 1_000_000_000) - 1,
  limit: Math.min(Math.max(count, 0), COUNT_MAX),
});

const listed = <T>(Resources: T[], totalResults: number, { startIndex }: Listing) => ({
  schemas: [SCHEMAS.list],
  totalResults,
  startIndex: Math.max(startIndex, 1),
  itemsPerPage: Resources.length,
  Resources,
});

/** A name or address that somebody else has. */
const unlessTaken = async <T>(what: string, name: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (thrown) {
    const taken = ["provisioned_user_name", "user_email", "team_name"].some((index) => isDuplicate(thrown, index));
    throw taken ? userError("OBJECT_EXISTS", what, name) : thrown;
  }
};

const applyActive = async (
  context: In,
  user: { id: number; name: string; role: string; active: boolean },
  active: boolean,
): Promise<void> => {
  if (user.active === active) return;
  const { db, principal, requestId, services } = context;
  await setActive(db, user, active, services.now());
  await writeAudit(db, { event: active ? "user.enable" : "user.disable", principal, object: user.id, requestId });
};

const changed = async (context: In, before: Provisioned, person: DirectoryPerson) => {
  await unlessTaken("user", person.userName, reprovision(context.db, before, person, context.services.now()));
  await applyActive(context, before, person.active);
  return userDocument(await findProvisioned(context.db, String(before.id)), context);
};

const usersMatching = (db: In["db"], filter: Filter | null) => {
  const rows = provisionedUsers(db);
  switch (filter?.attribute) {
    case "username":
      return rows.where((where) => where(where.fn<string>("lower", ["p.user_name"]), "=", filter.value.toLowerCase()));
    case "externalid":
      return rows.where("p.external_id", "=", filter.value);
    case "id":
      return rows.where("p.user_id", "=", idOf(filter.value));
    case "emails":
    case "emails.value":
      return rows.where((where) => where(where.fn<string>("lower", ["user.email"]), "=", filter.value.toLowerCase()));
    default:
      return rows;
  }
};

const groupsMatching = (db: In["db"], filter: Filter | null) => {
  const rows = provisionedGroups(db);
  switch (filter?.attribute) {
    case "displayname":
      return rows.where((where) => where(where.fn<string>("lower", ["team.name"]), "=", filter.value.toLowerCase()));
    case "externalid":
      return rows.where("g.external_id", "=", filter.value);
    case "id":
      return rows.where("g.team_id", "=", idOf(filter.value));
    default:
      return rows;
  }
};

const changedGroup = async (context: In, group: Group, change: GroupChange) => {
  const { db, services } = context;
  const { displayName, externalId } = change;
  const changes = { ...(displayName === undefined ? {} : { name: displayName }), ...(externalId === undefined ? {} : { externalId }) };
  await unlessTaken("team", displayName ?? group.name, changeGroup(db, group.id, changes, services.now()));
  const before = group.members.map(({ id }) => String(id));
  await setMembers(db, group, membersAfter(before, change));
  return groupDocument(await findGroup(db, String(group.id)), context);
};

export const directoryHandlers: Handlers<typeof directory, Services> = {
  config: async () => DESCRIPTION,
  types: async () => listed([...RESOURCE_TYPES], RESOURCE_TYPES.length, { startIndex: 1, count: COUNT_MAX }),

  users: async ({ query }, context) => {
    const rows = usersMatching(context.db, readFilter(query.filter, ["username", "externalid", "id", "emails", "emails.value"]));
    const { limit, offset } = window(query);
    const page = await rows.orderBy("p.user_id").limit(limit).offset(offset).execute();
    const { total } = await rows
      .clearSelect()
      .select(({ fn }) => fn.countAll<number>().as("total"))
      .executeTakeFirstOrThrow();
    return listed(
      page.map((row) => userDocument(provisionedOf(row), context)),
      Number(total),
      query,
    );
  },

  createUser: async ({ body }, context) => {
    const { db, services, headers } = context;
    const person = readPerson(body);
    const user = await unlessTaken("user", person.userName, provision(db, person, services.now()));
    await applyActive(context, user, person.active);
    const document = userDocument(await findProvisioned(db, String(user.id)), context);
    headers.set("location", document.meta.location);
    return document;
  },

  user: async ({ params }, context) => userDocument(await findProvisioned(context.db, params.id), context),

  replaceUser: async ({ params, body }, context) => {
    const before = await findProvisioned(context.db, params.id);
    return changed(context, before, { ...readPerson(body), active: body.active ?? before.active });
  },

  patchUser: async ({ params, body }, context) => {
    const before = await findProvisioned(context.db, params.id);
    return changed(context, before, patchedPerson(before, body.Operations));
  },

  deleteUser: async ({ params }, { db, services }) => {
    await unprovision(db, await findProvisioned(db, params.id), services.now());
    return undefined;
  },

  groups: async ({ query }, context) => {
    const rows = groupsMatching(context.db, readFilter(query.filter, ["displayname", "externalid", "id"]));
    const { limit, offset } = window(query);
    const page = await rows.orderBy("g.team_id").limit(limit).offset(offset).execute();
    const { total } = await rows
      .clearSelect()
      .select(({ fn }) => fn.countAll<number>().as("total"))
      .executeTakeFirstOrThrow();
    return listed(
      page.map((row) => groupDocument(groupOf(row), context, query.excludedAttributes)),
      Number(total),
      query,
    );
  },

  createGroup: async ({ body }, context) => {
    const { db, services, headers } = context;
    const id = await unlessTaken("team", body.displayName, provisionGroup(db, body.displayName, body.externalId ?? null, services.now()));
    const group = await findGroup(db, String(id));
    await setMembers(db, group, [...group.members.map((member) => String(member.id)), ...(body.members ?? []).map(({ value }) => value)]);
    const document = groupDocument(await findGroup(db, String(id)), context);
    headers.set("location", document.meta.location);
    return document;
  },

  group: async ({ params, query }, context) => groupDocument(await findGroup(context.db, params.id), context, query.excludedAttributes),

  replaceGroup: async ({ params, body }, context) => {
    const only = (body.members ?? []).map(({ value }) => value);
    const change = { displayName: body.displayName, externalId: body.externalId ?? null, only, add: [], remove: [] };
    return changedGroup(context, await findGroup(context.db, params.id), change);
  },

  patchGroup: async ({ params, body }, context) =>
    changedGroup(context, await findGroup(context.db, params.id), groupChange(body.Operations)),

  deleteGroup: async ({ params }, { db }) => {
    const group = await findGroup(db, params.id);
    await setMembers(db, group, []);
    await db.deleteFrom("provisioned_group").where("team_id", "=", group.id).execute();
    return undefined;
  },
};
