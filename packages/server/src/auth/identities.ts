/**
 * Who somebody is here whom an identity provider vouches for. A provider's own name for them is believed; their e-mail address
 * only where it is verified or the provider is trusted with it, because it decides whose account is entered.
 */
import { userError } from "@touchstone/core/errors";
import { Role } from "@touchstone/core/routes/contract";
import { Email } from "@touchstone/core/routes/setup";
import type { Database } from "../store/database.ts";
import type { ProviderRow } from "../store/providers.ts";
import { writeAudit } from "./audit.ts";
import { syncTeams } from "./group-teams.ts";
import type { Person } from "./sign-in.ts";

/** What a provider says about somebody. */
export type Asserted = {
  subject: string;
  email: string | null;
  emailVerified: boolean;
  name: string | null;
  /** Null where it says nothing about groups. */
  groups: string[] | null;
};

type Row = Person & { kind: string; disabled_at: Date | null };

const COLUMNS = ["user.id", "user.email", "user.name", "user.role", "user.kind", "user.disabled_at"] as const;

const linked = (db: Database, providerId: number, subject: string) =>
  db
    .selectFrom("identity")
    .innerJoin("user", "user.id", "identity.user_id")
    .where("identity.provider_id", "=", providerId)
    .where("identity.subject", "=", subject)
    .select(COLUMNS)
    .executeTakeFirst();

const withEmail = (db: Database, email: string) =>
  db
    .selectFrom("user")
    .where((where) => where(where.fn<string>("lower", ["email"]), "=", email))
    .select(COLUMNS)
    .executeTakeFirst();

/** The address that an account is found by. Throws SIGN_IN_REFUSED. */
const trustedEmail = ({ settings }: ProviderRow, { email: given, emailVerified }: Asserted): string => {
  const refuse = (reason: string) => userError("SIGN_IN_REFUSED", settings.name, reason);
  const email = Email.safeParse(given).data;
  if (email === undefined) throw refuse("it names no e-mail address for you");
  if (!emailVerified && !settings.trust_email) throw refuse("it does not call your e-mail address verified");
  const domain = email.slice(email.lastIndexOf("@") + 1);
  if (settings.email_domains.length > 0 && !settings.email_domains.includes(domain))
    throw refuse("it may not speak for the domain of your e-mail address");
  return email;
};

const NAME_CHARACTERS_MAX = 200;

const made = async (db: Database, provider: ProviderRow, email: string, name: string | null): Promise<Row> => {
  if (!provider.settings.create_users) throw userError("SIGN_IN_REFUSED", provider.settings.name, "you are no user here yet");
  const values = { email, name: (name?.trim() || email).slice(0, NAME_CHARACTERS_MAX), role: "Member", kind: "person" };
  const row = await db
    .insertInto("user")
    .values(values)
    .returning(["id", "email", "name", "kind", "disabled_at"])
    .executeTakeFirstOrThrow();
  return { ...row, role: "Member" };
};

/**
 * The person, found or made, with their teams in line; in the caller's transaction, with what is written down about it.
 * Throws SIGN_IN_REFUSED.
 */
export const personFor = async (db: Database, provider: ProviderRow, asserted: Asserted, requestId: string): Promise<Person> => {
  const { name } = provider.settings;
  const known = await linked(db, provider.id, asserted.subject);
  const note = (event: string, { id, email }: Row, detail: Record<string, string | number> = {}) =>
    writeAudit(db, { event, principal: { userId: id, email }, object: id, requestId, detail: { provider: name, ...detail } });
  const find = async (): Promise<Row> => {
    const email = trustedEmail(provider, asserted);
    const found = await withEmail(db, email);
    const row: Row = found === undefined ? await made(db, provider, email, asserted.name) : { ...found, role: Role.parse(found.role) };
    if (found === undefined) await note("user.create", row);
    return row;
  };
  const row: Row = known === undefined ? await find() : { ...known, role: Role.parse(known.role) };
  if (row.disabled_at !== null || row.kind !== "person") throw userError("SIGN_IN_REFUSED", name, "your account here is disabled");
  if (known === undefined) {
    await db.insertInto("identity").values({ provider_id: provider.id, subject: asserted.subject, user_id: row.id }).execute();
    await note("identity.link", row);
  }
  const { join, leave } = await syncTeams(db, row.id, provider.settings, asserted.groups);
  if (join.length + leave.length > 0) await note("team.sync", row, { joined: join.join(), left: leave.join() });
  return { id: row.id, email: row.email, name: row.name, role: row.role };
};
