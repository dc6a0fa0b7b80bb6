/** An OpenID Connect provider for tests, on a port of this host: real keys, real signatures, and the lies a test asks for. */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";

export type Lies = {
  /** Changes what the identity token says. */
  claims?: (claims: JWTPayload) => JWTPayload;
  /** Signs with a key that is not published, or not at all. */
  signed?: "other-key" | "not-at-all";
  userinfo?: Record<string, unknown>;
};

export type Issuer = {
  url: string;
  /** What happens in the browser at the provider: somebody signs in there, and is sent back to this address. */
  authorize: (location: string, person: JWTPayload, lies?: Lies) => string;
  /** Paths that were asked, to see that nothing is asked for a request that is refused before. */
  asked: string[];
  close: () => Promise<void>;
};

type Grant = { person: JWTPayload; lies: Lies; nonce: string; challenge: string; redirectUri: string; clientId: string };

export const CLIENT = { id: "touchstone", secret: "canary-8c1e-client-secret" } as const;
/** The two parts are form-encoded before they are put together (RFC 6749 §2.3.1). */
const isClient = (header = ""): boolean =>
  decodeURIComponent(Buffer.from(header.replace("Basic ", ""), "base64").toString()) === `${CLIENT.id}:${CLIENT.secret}`;
const TOKEN_SECONDS = 300;

const json = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const described = (url: string) => ({
  issuer: url,
  authorization_endpoint: `${url}/authorize`,
  token_endpoint: `${url}/token`,
  jwks_uri: `${url}/keys`,
  userinfo_endpoint: `${url}/userinfo`,
  response_types_supported: ["code"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
});

export const openIssuer = async (): Promise<Issuer> => {
  const [keys, otherKeys] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  const grants = new Map<string, Grant>();
  const infos = new Map<string, Record<string, unknown>>();
  const asked: string[] = [];

  const tokenOf = async (url: string, { person, lies, nonce, clientId }: Grant): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const said = { iss: url, aud: clientId, nonce, iat: now, exp: now + TOKEN_SECONDS, ...person };
    const claims = lies.claims?.(said) ?? said;
    if (lies.signed === "not-at-all") return new UnsecuredJWT(claims).encode();
    const key = lies.signed === "other-key" ? otherKeys.privateKey : keys.privateKey;
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key);
  };

  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    const proof = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const right = proof === grant?.challenge && form.get("redirect_uri") === grant.redirectUri && isClient(request.headers.authorization);
    if (grant === undefined || !right) return json(response, 400, { error: "invalid_grant" });
    const access = randomUUID();
    infos.set(access, { sub: grant.person.sub, ...grant.lies.userinfo });
    json(response, 200, { access_token: access, token_type: "Bearer", expires_in: TOKEN_SECONDS, id_token: await tokenOf(url, grant) });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(request.url ?? "");
    switch (request.url) {
      case "/.well-known/openid-configuration":
        return json(response, 200, described(url));
      case "/keys":
        return json(response, 200, { keys: [jwk] });
      case "/token":
        return exchange(request, response);
      case "/userinfo":
        return json(response, 200, infos.get(request.headers.authorization?.replace("Bearer ", "") ?? "") ?? {});
      default:
        return json(response, 404, {});
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  const url = `http://127.0.0.1:${bound !== null && typeof bound === "object" ? bound.port : 0}`;

  const authorize: Issuer["authorize"] = (location, person, lies = {}) => {
    const query = new URL(location).searchParams;
    const back = new URL(query.get("redirect_uri") ?? "");
    const code = randomUUID();
    grants.set(code, {
      person,
      lies,
      nonce: query.get("nonce") ?? "",
      challenge: query.get("code_challenge") ?? "",
      redirectUri: back.href,
      clientId: query.get("client_id") ?? "",
    });
    back.search = new URLSearchParams({ code, state: query.get("state") ?? "" }).toString();
    return back.href;
  };
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url, authorize, asked, close };
};
