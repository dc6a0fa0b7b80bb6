/** What a registry asks for before it answers: a login, or a token that another service gives for one (https://distribution.github.io/distribution/spec/auth/token/). */
import { z } from "zod";
import { bodyWithin } from "./body.ts";
import { jsonIn } from "@touchstone/core/json";
import type { Login } from "./logins.ts";
import { isLoopback, type Reference } from "./reference.ts";

/** A token has some kilobytes. */
const ANSWER_BYTES_MAX = 128 * 1024;

export type Challenge = { scheme: "basic" } | { scheme: "bearer"; realm: string; service: string | null; scope: string | null };

/** `Bearer realm="…",service="…",scope="…"`, or `Basic realm="…"`; null for what is neither (RFC 9110, section 11.6.1). Pure. */
export const challengeIn = (header: string | null): Challenge | null => {
  const [, scheme = "", rest = ""] = /^\s*([A-Za-z]+)(?:\s+(.*))?$/s.exec(header ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") return { scheme: "basic" };
  if (scheme.toLowerCase() !== "bearer") return null;
  const said = new Map([...rest.matchAll(/([A-Za-z_]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name.toLowerCase(), value]));
  const realm = said.get("realm");
  return realm === undefined ? null : { scheme: "bearer", realm, service: said.get("service") ?? null, scope: said.get("scope") ?? null };
};

const Token = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });

export type Question = {
  place: Pick<Reference, "registry" | "repository">;
  login: Login | null;
  /** `pull`, or `pull,push`. */
  actions: string;
  ask: (url: string, headers: Record<string, string>) => Promise<Response>;
};

/**
 * A login is sent there: by https, or where the registry itself is on this machine. Another host than the registry's is the rule (docker.io
 * names auth.docker.io), and no document says which: a registry is trusted with its own login, wherever it has it checked.
 */
const isSafe = ({ protocol, host, username, password }: URL, place: Question["place"]): boolean =>
  username === "" &&
  password === "" &&
  (protocol === "https:" || (protocol === "http:" && isLoopback(place) && isLoopback({ registry: host })));

/** What goes into the header `authorization`; null where nothing helps. A registry that names no scheme gets the login it has here, by Basic. */
export const tokenFor = async (header: string | null, { place, login, actions, ask }: Question): Promise<string | null> => {
  const challenge = challengeIn(header);
  const basic = login === null ? null : `Basic ${login.basic}`;
  if (challenge === null || challenge.scheme === "basic") return basic;
  if (!URL.canParse(challenge.realm)) return null;
  const url = new URL(challenge.realm);
  if (!isSafe(url, place)) return null;
  if (challenge.service !== null) url.searchParams.set("service", challenge.service);
  url.searchParams.set("scope", challenge.scope ?? `repository:${place.repository}:${actions}`);
  const answer = await ask(String(url), basic === null ? {} : { authorization: basic });
  if (!answer.ok) return (await answer.body?.cancel(), null);
  const { token, access_token } = Token.safeParse(jsonIn(String(await bodyWithin(answer, ANSWER_BYTES_MAX)))).data ?? {};
  const given = token ?? access_token;
  return given === undefined ? null : `Bearer ${given}`;
};
