/** Ways into the platform itself, asked of its API as an administrator: users, tokens, identity providers, directories; and its audit log. */
import type { Client } from "@touchstone/core/client/client";
import { connections } from "@touchstone/core/routes/connections";
import type { Paging } from "@touchstone/core/routes/contract";
import { providers, type Provider } from "@touchstone/core/routes/providers";
import { provisioningTokens } from "@touchstone/core/routes/provisioning";
import { system } from "@touchstone/core/routes/system";
import { userTokens } from "@touchstone/core/routes/tokens";
import { users, type User } from "@touchstone/core/routes/users";
import type { z } from "zod";
import { isOfDomain, type Operator } from "./access.ts";
import type { Access, AuditHead } from "./document.ts";

const PAGE = 500;

/** All pages of a list. */
const allOf = async <T>(page: (query: z.output<typeof Paging>) => Promise<{ items: T[]; pages: number }>): Promise<T[]> => {
  const items: T[] = [];
  for (let number = 1; ; number++) {
    const found = await page({ page: number, size: PAGE });
    items.push(...found.items);
    if (number >= found.pages) return items;
  }
};

type Provider = z.output<typeof Provider>;

const hostOf = (address: string | null): string => {
  try {
    return new URL(address ?? "").hostname;
  } catch {
    return "";
  }
};

/** Where people are sent to sign in. */
const homeOf = (provider: Provider): string =>
  provider.kind === "saml" ? hostOf(provider.entry_point) : hostOf(provider.discovery_url ?? provider.endpoints?.issuer ?? null);

/** The person who asks, who must not be among those who lose their access. */
export const whoAsks = (client: Client) => client.ask(users.me);

type Person = z.output<typeof User>;

const nameOf = ({ kind, email, name }: Pick<Person, "kind" | "email" | "name">): string => (kind === "person" ? email : `${kind} ${name}`);

/** Every way in that the platform knows, of those who may come in today. */
export const serviceAccesses = async (client: Client, operator: Operator, now: Date): Promise<Access[]> => {
  const people = (await allOf((query) => client.ask(users.list, { query }))).filter(({ disabled }) => !disabled);
  const isTheirs = (who: string): boolean => operator.subjects.includes(who) || isOfDomain(who, operator);
  const ways: Access[] = people.map((user) => {
    const who = nameOf(user);
    return { kind: "user", name: String(user.id), who, grants: user.role, operators: isTheirs(who) };
  });
  for (const user of people) {
    const who = nameOf(user);
    const tokens = await allOf((query) => client.ask(userTokens.list, { query: { ...query, user: user.id } }));
    for (const { id, name, expires_at } of tokens.filter(
      (token) => token.revoked_at === null && Date.parse(token.expires_at) > now.getTime(),
    ))
      ways.push({ kind: "token", name: String(id), who, grants: `${name}, until ${expires_at.slice(0, 10)}`, operators: isTheirs(who) });
  }
  for (const provider of (await client.ask(providers.list)).items.filter(({ enabled }) => enabled)) {
    const who = `provider ${provider.name}`;
    const home = homeOf(provider);
    ways.push({
      kind: "identity provider",
      name: String(provider.id),
      who,
      grants: home || "?",
      operators: isTheirs(who) || isTheirs(`x@${home}`),
    });
  }
  for (const { id, name } of (await client.ask(provisioningTokens.list)).items.filter(({ revoked }) => !revoked)) {
    const who = `directory ${name}`;
    ways.push({ kind: "directory token", name: String(id), who, grants: "provisions people", operators: isTheirs(who) });
  }
  return ways;
};

/** Ends what is the operator's, the same however often. Answers how many there were. */
export const endAccesses = async (client: Client, operator: Operator, now: Date): Promise<number> => {
  const theirs = (await serviceAccesses(client, operator, now)).filter(({ operators }) => operators);
  const settings = (await client.ask(providers.list)).items;
  for (const access of theirs) {
    const params = { id: Number(access.name) };
    if (access.kind === "user") await client.ask(users.update, { params, body: { disabled: true } });
    if (access.kind === "token") await client.ask(userTokens.revoke, { params });
    if (access.kind === "directory token") await client.ask(provisioningTokens.revoke, { params });
    const provider = settings.find(({ id }) => access.kind === "identity provider" && id === params.id);
    if (provider !== undefined) await client.ask(providers.update, { params, body: { ...provider, enabled: false } });
  }
  return theirs.length;
};

/** Names of connections whose datastores know a password or a key. */
export const connectionNames = async (client: Client): Promise<string[]> =>
  (await allOf((query) => client.ask(connections.list, { query }))).map(({ name }) => name);

const AUDIT_PAGE = 10_000;

/** The end of the audit log: whoever has it can tell later whether what came before was changed. */
export const auditHead = async (client: Client): Promise<AuditHead> => {
  const { entries, head } = await client.ask(system.verifyAudit);
  let id = 0;
  for (let after = 0; ;) {
    const { items } = await client.ask(system.audit, { query: { after, size: AUDIT_PAGE } });
    id = items.find(({ hash }) => hash === head)?.id ?? id;
    const last = items.at(-1);
    if (last === undefined || id > 0) break;
    after = last.id;
  }
  return { entries, head, id };
};

/** Whether the log still holds the entry that was its end, and all before it as they were. */
export const auditHolds = async (client: Client, { id, head }: AuditHead): Promise<boolean> =>
  (await client.ask(system.verifyAudit, id === 0 ? {} : { query: { id, hash: head } })).whole;
