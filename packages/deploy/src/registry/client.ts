/**
 * A registry by its own protocol (OCI Distribution 1.1), as far as a document or a signature needs it: one manifest and small blobs, read
 * and written. Whatever is read is compared with its digest. Images are copied by skopeo, and charts by helm.
 */
import { UserError, userError } from "@touchstone/core/errors";
import { fetchReason } from "../cluster/fetch-reason.ts";
import { sha256Of } from "../deployment/digest.ts";
import { bodyWithin } from "./body.ts";
import { readLogin, type Login } from "./logins.ts";
import { hostOf, isLoopback, type Reference } from "./reference.ts";
import { tokenFor } from "./token.ts";

const TIMEOUT_MS = 60_000;
/** Of an index of many platforms; what registries themselves take is four megabytes. */
const MANIFEST_BYTES_MAX = 256 * 1024;

export const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const ACCEPTED = [
  MANIFEST_TYPE,
  INDEX_TYPE,
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

export type Manifest = { digest: string; bytes: Buffer };
/** A repository of a registry. */
export type Repository = {
  /** By tag or digest; null where there is none. */
  manifest: (name: string) => Promise<Manifest | null>;
  /** Throws DOCUMENT_TOO_LARGE, CONTENT_ALTERED. */
  blob: (digest: string, bytesMax: number) => Promise<Buffer>;
  /** Writes one where it is not there, and answers its digest. */
  writeBlob: (bytes: Buffer) => Promise<string>;
  writeManifest: (tag: string, bytes: Buffer, mediaType: string) => Promise<string>;
};

export type RepositoryOptions = {
  signal: AbortSignal;
  /** A registry without TLS that is not on this machine, which somebody vouches for. */
  plainHttp?: boolean;
  env?: NodeJS.ProcessEnv;
};

type Place = Pick<Reference, "registry" | "repository">;
type Request = { method?: string; headers?: Record<string, string>; body?: Buffer };

/** What a request that was not answered ends with. */
const unanswered = (thrown: unknown, name: string, signal: AbortSignal): UserError => {
  if (thrown instanceof UserError) return thrown;
  return signal.aborted ? userError("ABORTED") : userError("REGISTRY_UNREACHABLE", name, fetchReason(thrown));
};

/** Throws DOCUMENT_TOO_LARGE, REGISTRY_UNREACHABLE, ABORTED. */
const bodyOf = async (answer: Response, name: string, bytesMax: number, signal: AbortSignal): Promise<Buffer> => {
  const body = await bodyWithin(answer, bytesMax).catch((thrown: unknown) => {
    throw unanswered(thrown, name, signal);
  });
  if (body === null) throw userError("DOCUMENT_TOO_LARGE", name, bytesMax);
  return body;
};

const refused = ({ status }: Response, hadLogin: boolean): string =>
  `it answered with the status ${status}${hadLogin ? ", to the login that is kept for it" : ", and no login for it is kept here"}`;

/** Errors of `fetch` quote a header that cannot be sent, and a login may be in it. */
const sendable = (headers: Record<string, string>): Headers => {
  try {
    return new Headers(headers);
  } catch {
    throw new Error("what it or a file of logins gives to be sent as a header is none");
  }
};

const AWAY = "it leads away from https";
/** Throws for an address that a registry gives and nobody follows; what is wrong is said without it, for a user may be in it. */
const checkAddress = (url: string, isSecure: boolean): void => {
  const { protocol, username, password } = new URL(url);
  if (isSecure && protocol !== "https:") throw new Error(AWAY);
  if (username !== "" || password !== "") throw new Error("it leads to an address with a user in it");
};

/** Asks, with a token or the login where the registry wants one; no other origin sees them. Throws REGISTRY_UNREACHABLE, REGISTRY_REFUSED. */
const asker = (place: Place, root: string, { signal, env }: RepositoryOptions, actions: string) => {
  let authorization: string | null = null;
  let login: Login | null | undefined;
  const name = `${place.registry}/${place.repository}`;
  const isSecure = root.startsWith("https:");
  const isOwn = (url: string): boolean => new URL(url).origin === new URL(root).origin;

  const send = async (url: string, { headers = {}, body, ...rest }: Request): Promise<Response> => {
    const signals = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      checkAddress(url, isSecure);
      const answer = await fetch(url, {
        ...rest,
        headers: sendable(headers),
        signal: signals,
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
      if (isSecure && !answer.url.startsWith("https:")) {
        await answer.body?.cancel();
        throw new Error(AWAY);
      }
      return answer;
    } catch (thrown) {
      throw unanswered(thrown, name, signal);
    }
  };
  const once = (url: string, request: Request): Promise<Response> => {
    const allowed: Record<string, string> = authorization !== null && isOwn(url) ? { authorization } : {};
    return send(url, { ...request, headers: { ...allowed, ...request.headers } });
  };

  return async (url: string, request: Request = {}): Promise<Response> => {
    const first = await once(url, request);
    if (first.status !== 401 && first.status !== 403) return first;
    await first.body?.cancel();
    // Who is redirected to may ask as well, and is not who the login is kept for.
    if (!isOwn(first.url)) throw userError("REGISTRY_REFUSED", name, `it leads elsewhere, and there the status is ${first.status}`);
    login ??= await readLogin(place, env);
    authorization = await tokenFor(first.headers.get("www-authenticate"), {
      place,
      login,
      actions,
      ask: (at, headers) => send(at, { headers }),
    }).catch((thrown: unknown) => {
      throw unanswered(thrown, name, signal);
    });
    if (authorization === null) throw userError("REGISTRY_REFUSED", name, refused(first, login !== null));
    const second = await once(url, request);
    if (second.status !== 401 && second.status !== 403) return second;
    await second.body?.cancel();
    throw userError("REGISTRY_REFUSED", name, refused(second, login !== null));
  };
};

const strange = async (answer: Response, name: string): Promise<never> => {
  await answer.body?.cancel();
  throw userError("REGISTRY_UNREACHABLE", name, `it answered with the status ${answer.status}`);
};

export const openRepository = (place: Place, options: RepositoryOptions): Repository => {
  const { registry, repository } = place;
  const isPlain = options.plainHttp === true || isLoopback(place);
  const root = `${isPlain ? "http" : "https"}://${hostOf(registry)}`;
  const base = `${root}/v2/${repository}`;
  const name = `${registry}/${repository}`;
  const read = asker(place, root, options, "pull");
  const write = asker(place, root, options, "pull,push");
  const { signal } = options;
  return {
    manifest: async (wanted) => {
      const answer = await read(`${base}/manifests/${wanted}`, { headers: { accept: ACCEPTED } });
      if (answer.status === 404) return (await answer.body?.cancel(), null);
      if (answer.status !== 200) return strange(answer, name);
      const bytes = await bodyOf(answer, `${name}:${wanted}`, MANIFEST_BYTES_MAX, signal);
      const digest = sha256Of(bytes);
      if (wanted.startsWith("sha256:") && digest !== wanted) throw userError("CONTENT_ALTERED", `${name}@${wanted}`, wanted, digest);
      return { digest, bytes };
    },
    blob: async (digest, bytesMax) => {
      const answer = await read(`${base}/blobs/${digest}`);
      if (answer.status !== 200) return strange(answer, `${name}@${digest}`);
      const bytes = await bodyOf(answer, `${name}@${digest}`, bytesMax, signal);
      const got = sha256Of(bytes);
      if (got !== digest) throw userError("CONTENT_ALTERED", `${name}@${digest}`, digest, got);
      return bytes;
    },
    writeBlob: async (bytes) => {
      const digest = sha256Of(bytes);
      const there = await write(`${base}/blobs/${digest}`, { method: "HEAD" });
      if (there.status === 200) return digest;
      const begun = await write(`${base}/blobs/uploads/`, { method: "POST", headers: { "content-length": "0" } });
      const location = begun.headers.get("location");
      if (begun.status !== 202 || location === null || !URL.canParse(location, root)) return strange(begun, name);
      await begun.body?.cancel();
      const at = new URL(location, root);
      at.searchParams.set("digest", digest);
      const headers = { "content-type": "application/octet-stream" };
      const done = await write(String(at), { method: "PUT", headers, body: bytes });
      if (done.status !== 201) return strange(done, name);
      await done.body?.cancel();
      return digest;
    },
    writeManifest: async (tag, bytes, mediaType) => {
      const done = await write(`${base}/manifests/${tag}`, { method: "PUT", headers: { "content-type": mediaType }, body: bytes });
      if (done.status !== 201) return strange(done, `${name}:${tag}`);
      await done.body?.cancel();
      return sha256Of(bytes);
    },
  };
};
