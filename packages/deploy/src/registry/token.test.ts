/** What a registry asks for, and what it gets. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { challengeIn, tokenFor, type Challenge } from "./token.ts";

const bearer = (realm: string, service: string | null = null, scope: string | null = null): Challenge => ({
  scheme: "bearer",
  realm,
  service,
  scope,
});
const HEADERS: readonly [header: string | null, expected: Challenge | null][] = [
  [null, null],
  ["", null],
  ["   ", null],
  ["Basic", { scheme: "basic" }],
  ['  bAsIc realm="x"', { scheme: "basic" }],
  ["Negotiate", null],
  ['Digest realm="https://t.example.org"', null],
  ["Bearer", null],
  ['Bearer service="s"', null],
  ["Bearer realm=https://t.example.org", null],
  ['Bearer realm="https://t.example.org/token', null],
  ['Bearer realm="https://t.example.org/token"', bearer("https://t.example.org/token")],
  ['bearer Realm="https://t.example.org/token",SERVICE="s"', bearer("https://t.example.org/token", "s")],
  [
    'Bearer realm="https://t.example.org/token", service="s" , scope="repository:a:pull,push"',
    bearer("https://t.example.org/token", "s", "repository:a:pull,push"),
  ],
];
suite("what is asked for", () => {
  for (const [header, expected] of HEADERS) test(String(header), () => assert.deepEqual(challengeIn(header), expected));
});

const place = (registry: string) => ({ registry, repository: "touchstone/releases" });
const BASIC = "Basic eDp5";
const FOREIGN = "https://auth.example.com/token?scope=repository%3Atouchstone%2Freleases%3Apull";
const token =
  (body: string, status = 200) =>
  (): Response =>
    new Response(body, { status });
const GIVEN = '{"token":"t"}';

type Case = {
  what: string;
  header: string | null;
  registry?: string;
  hasLogin?: boolean;
  answer?: () => Response;
  /** Who was asked for a token. */
  asked: string | null;
  gets: string | null;
};
const CASES: readonly Case[] = [
  { what: "no challenge, as with many a 403: the login, as it is", header: null, asked: null, gets: BASIC },
  { what: "no challenge, and no login", header: null, hasLogin: false, asked: null, gets: null },
  { what: "another scheme: the login, as it is", header: "Negotiate", asked: null, gets: BASIC },
  { what: "Basic", header: 'Basic realm="x"', asked: null, gets: BASIC },
  { what: "Basic, and no login", header: "Basic", hasLogin: false, asked: null, gets: null },
  {
    what: "another host by https, as the protocol means it",
    header: 'Bearer realm="https://auth.example.com/token"',
    asked: FOREIGN,
    gets: "Bearer t",
  },
  {
    what: "the same without a login",
    header: 'Bearer realm="https://auth.example.com/token"',
    hasLogin: false,
    asked: FOREIGN,
    gets: "Bearer t",
  },
  {
    what: "its service and scope",
    header: 'Bearer realm="https://auth.example.com/token",service="s s",scope="repository:b:pull"',
    asked: "https://auth.example.com/token?service=s+s&scope=repository%3Ab%3Apull",
    gets: "Bearer t",
  },
  { what: "by http", header: 'Bearer realm="http://auth.example.com/token"', asked: null, gets: null },
  { what: "by http, the registry's own host", header: 'Bearer realm="http://r.example.org/token"', asked: null, gets: null },
  {
    what: "by http on this machine, for a registry elsewhere",
    header: 'Bearer realm="http://127.0.0.1:5000/token"',
    asked: null,
    gets: null,
  },
  {
    what: "by http elsewhere, for a registry on this machine",
    header: 'Bearer realm="http://auth.example.com/token"',
    registry: "localhost:5000",
    asked: null,
    gets: null,
  },
  {
    what: "by http on this machine, for a registry on it",
    header: 'Bearer realm="http://127.0.0.1:5001/token",scope="x"',
    registry: "127.0.0.1:5000",
    asked: "http://127.0.0.1:5001/token?scope=x",
    gets: "Bearer t",
  },
  {
    what: "by another protocol on this machine",
    header: 'Bearer realm="ftp://127.0.0.1/token"',
    registry: "127.0.0.1:5000",
    asked: null,
    gets: null,
  },
  { what: "no address", header: 'Bearer realm="/token"', asked: null, gets: null },
  { what: "an address with a user in it", header: 'Bearer realm="https://a:b@auth.example.com/token"', asked: null, gets: null },
  {
    what: "a token by its other name",
    header: 'Bearer realm="https://auth.example.com/token"',
    answer: token('{"access_token":"u"}'),
    asked: FOREIGN,
    gets: "Bearer u",
  },
  {
    what: "a login that is not taken",
    header: 'Bearer realm="https://auth.example.com/token"',
    answer: token(GIVEN, 401),
    asked: FOREIGN,
    gets: null,
  },
  {
    what: "an answer without a token",
    header: 'Bearer realm="https://auth.example.com/token"',
    answer: token("{}"),
    asked: FOREIGN,
    gets: null,
  },
  {
    what: "an answer that is no JSON",
    header: 'Bearer realm="https://auth.example.com/token"',
    answer: token("<html>"),
    asked: FOREIGN,
    gets: null,
  },
  {
    what: "an answer that is too large",
    header: 'Bearer realm="https://auth.example.com/token"',
    answer: token(`${GIVEN}${" ".repeat(130 * 1024)}`),
    asked: FOREIGN,
    gets: null,
  },
];
suite("what it gets", () => {
  for (const { what, header, registry = "r.example.org", hasLogin = true, answer = token(GIVEN), asked, gets } of CASES)
    test(what, async () => {
      const questions: [string, string | undefined][] = [];
      const given = await tokenFor(header, {
        place: place(registry),
        login: hasLogin ? { basic: "eDp5" } : null,
        actions: "pull",
        ask: async (url, headers) => (questions.push([url, headers["authorization"]]), answer()),
      });
      assert.equal(given, gets);
      assert.deepEqual(questions, asked === null ? [] : [[asked, hasLogin ? BASIC : undefined]]);
    });
});
