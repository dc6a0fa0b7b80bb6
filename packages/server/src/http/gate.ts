/** Whether somebody may call a route: the one place where the needs that routes declare are held. */
import { userError } from "@touchstone/core/errors";
import type { IdPath, Need, OwnedNoun, Route, TeamPermission } from "@touchstone/core/routes/contract";
import { datastoresOf, includes, type Permissions } from "../auth/permissions.ts";
import { hasRole, type Principal } from "../auth/principal.ts";
import type { Database } from "../store/database.ts";

/** What a request names, by part. */
export type Named = { params: unknown; query: unknown; body: unknown };

/** Values at `body.*.id`: every step is a name, or `*` for each of a list. */
const valuesAt = (value: unknown, steps: readonly string[]): unknown[] => {
  const [step, ...rest] = steps;
  if (step === undefined) return Array.isArray(value) ? value : [value];
  if (value === null || typeof value !== "object") return [];
  if (step === "*") return Array.isArray(value) ? value.flatMap((each: unknown) => valuesAt(each, rest)) : [];
  return step in value ? valuesAt(Reflect.get(value, step), rest) : [];
};

const idsAt = (named: Named, at: IdPath): number[] => [
  ...new Set(valuesAt(named, at.split(".")).filter((id): id is number => typeof id === "number")),
];

const requireTeam = async (db: Database, permissions: Permissions, needed: TeamPermission, noun: OwnedNoun, ids: readonly number[]) => {
  if (ids.length === 0) return;
  const owners = await datastoresOf(db, noun, ids);
  for (const id of ids) {
    const owner = owners.get(id);
    // What belongs to no datastore (a template) is open to all who are signed in; its own route asks for more.
    if (owner === null) continue;
    const has = owner === undefined ? undefined : permissions === "all" ? "Editor" : permissions.get(owner);
    // An object of a foreign team answers like a missing one.
    if (has === undefined) throw userError("OBJECT_UNKNOWN", noun, String(id));
    if (!includes(has, needed)) throw userError("NOT_ALLOWED", `the team permission ${needed} on its datastore`);
  }
};

/** Who is needed at all: throws NOT_SIGNED_IN and NOT_ALLOWED before anything of the request is read. */
export const requirePrincipal = (need: Need, principal: Principal | null): void => {
  if (need.kind === "public" || need.kind === "dataplane") return;
  if (principal === null) throw userError("NOT_SIGNED_IN", "no valid token or session came with the request");
  if (need.kind === "provisioning" && principal.provisioningOnly !== true) throw userError("NOT_ALLOWED", "a token for provisioning");
  if (need.kind !== "provisioning" && principal.provisioningOnly === true)
    throw userError("NOT_ALLOWED", "another token: this one is for provisioning only");
  if (need.kind === "role" && !hasRole(principal, need.role)) throw userError("NOT_ALLOWED", `the role ${need.role}`);
};

/** Whether the objects that a request names are within reach. Throws OBJECT_UNKNOWN, NOT_ALLOWED. */
export const requireObjects = async (
  db: Database,
  { needs }: Route,
  named: Named,
  permissions: () => Promise<Permissions>,
): Promise<void> => {
  if (needs.kind !== "team") return;
  for (const { noun, at } of needs.of) await requireTeam(db, await permissions(), needs.permission, noun, idsAt(named, at));
};
