/** A registry in memory, for what real ones do only when they are broken, or ask for a login: the part of OCI Distribution 1.1 that one manifest and blobs need. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { sha256Of } from "../deployment/digest.ts";

export type Guard =
  | { by: "basic"; login: string }
  /** A token of this registry's own, which the login gets; everybody, where it is null. */
  | { by: "bearer"; login: string | null };

export type RegistryInMemory = {
  address: string;
  /** By `repository/name`, where the name is a tag or a digest: to be changed by who looks for trouble. */
  manifests: Map<string, Buffer>;
  blobs: Map<string, Buffer>;
  close: () => Promise<void>;
};

const TOKEN = "a-token-of-the-trial";
const isAllowed = ({ headers: { authorization } }: IncomingMessage, guard: Guard | null): boolean =>
  guard === null || authorization === (guard.by === "basic" ? `Basic ${guard.login}` : `Bearer ${TOKEN}`);

const end = (response: ServerResponse, status: number, headers: Record<string, string> = {}, body?: Buffer | string): void =>
  void response.writeHead(status, headers).end(body);

/** Starts one; a guard says whom it lets in, and `failing` that it answers everybody with that status. */
export const startRegistryInMemory = async ({
  guard = null,
  failing,
}: { guard?: Guard | null; failing?: number } = {}): Promise<RegistryInMemory> => {
  const manifests = new Map<string, Buffer>();
  const blobs = new Map<string, Buffer>();
  const stored = (request: IncomingMessage, response: ServerResponse, found: Buffer | undefined): void =>
    end(response, found === undefined ? 404 : 200, {}, request.method === "HEAD" ? undefined : found);
  const manifest = async (request: IncomingMessage, response: ServerResponse, repository: string, name: string): Promise<void> => {
    if (request.method !== "PUT") return stored(request, response, manifests.get(`${repository}/${name}`));
    const body = await buffer(request);
    for (const one of [name, sha256Of(body)]) manifests.set(`${repository}/${one}`, body);
    end(response, 201);
  };
  const upload = async (request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): Promise<void> => {
    if (request.method === "POST") return end(response, 202, { location: `${pathname}${randomUUID()}?state=begun` });
    const body = await buffer(request);
    const digest = searchParams.get("digest") ?? "";
    if (searchParams.get("state") !== "begun" || sha256Of(body) !== digest) return end(response, 400);
    blobs.set(digest, body);
    end(response, 201);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "", `http://${request.headers.host}`);
    if (failing !== undefined) return end(response, failing);
    if (url.pathname === "/token") {
      const isKnown = guard?.by === "bearer" && (guard.login === null || request.headers.authorization === `Basic ${guard.login}`);
      return isKnown && url.searchParams.get("scope") !== null
        ? end(response, 200, {}, JSON.stringify({ token: TOKEN }))
        : end(response, 401);
    }
    const challenge = guard?.by === "basic" ? 'Basic realm="trial"' : `Bearer realm="${url.origin}/token",service="trial"`;
    if (!isAllowed(request, guard)) return end(response, 401, { "www-authenticate": challenge });
    const [, repository = "", kind, name = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") return manifest(request, response, repository, name);
    if (name.startsWith("uploads/") || url.pathname.endsWith("/blobs/uploads/")) return upload(request, response, url);
    stored(request, response, blobs.get(name));
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  return {
    address: `127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`,
    manifests,
    blobs,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
