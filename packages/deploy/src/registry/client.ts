/**
 * A registry by its own protocol (OCI Distribution 1.1), as far as a document or a signature needs it: one manifest and small blobs, read
 * and written. Whatever is read is compared with its digest. Images are copied by skopeo, and charts by helm.
 */
import { userError } from "@touchstone/core/errors";
import { fetchReason } from "../cluster/fetch-reason.ts";
import { sha256Of } from "../deployment/digest.ts";
import { bodyWithin } from "./body.ts";
import { readLogin, type Login } from "./logins.ts";
import { isLoopback, type Reference } from "./reference.ts";
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

/** Throws DOCUMENT_TOO_LARGE, REGISTRY_UNREACHABLE. */
const bodyOf = async (answer: Response, name: string, bytesMax: number): Promise<Buffer> => {
  const body = await bodyWithin(answer, bytesMax).catch((thrown: unknown) => {
    throw userError("REGISTRY_UNREACHABLE", name, fetchReason(thrown));
  });
  if (body === null) throw userError("DOCUMENT_TOO_LARGE", name, bytesMax);
  return body;
};

const refused = ({ status }: Response, hadLogin: boolean): string =>
  `it answered with the status ${status}${hadLogin ? ", to the login that is kept for it" : ", and no login for it is kept here"}`;

/** Asks, with a token or the login where the registry wants one. Throws REGISTRY_UNREACHABLE, REGISTRY_REFUSED. */
const asker = (place: Place, base: string, { signal, env }: RepositoryOptions, actions: string) => {
  let authorization: string | null = null;
  let login: Login | null | undefined;
  const name = `${place.registry}/${place.repository}`;
  const once = async (url: string, { headers = {}, body, ...rest }: Request): Promise<Response> => {
    const given = { ...(authorization === null ? {} : { authorization }), ...headers };
    const signals = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const answer = await fetch(url, {
        ...rest,
        headers: given,
        signal: signals,
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
      if (base.startsWith("https:") && !answer.url.startsWith("https:")) {
        await answer.body?.cancel();
        throw new Error("it leads away from https");
      }
      return answer;
    } catch (thrown) {
      if (signal.aborted) throw userError("ABORTED");
      throw userError("REGISTRY_UNREACHABLE", name, fetchReason(thrown));
    }
  };
  return async (url: string, request: Request = {}): Promise<Response> => {
    const first = await once(url, request);
    if (first.status !== 401 && first.status !== 403) return first;
    await first.body?.cancel();
    login ??= await readLogin(place, env);
    authorization = await tokenFor(first.headers.get("www-authenticate"), {
      place,
      login,
      actions,
      ask: (at, headers) => once(at, { headers }),
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
  const root = `${isPlain ? "http" : "https"}://${registry}`;
  const base = `${root}/v2/${repository}`;
  const name = `${registry}/${repository}`;
  const read = asker(place, base, options, "pull");
  const write = asker(place, base, options, "pull,push");
  return {
    manifest: async (wanted) => {
      const answer = await read(`${base}/manifests/${wanted}`, { headers: { accept: ACCEPTED } });
      if (answer.status === 404) return (await answer.body?.cancel(), null);
      if (answer.status !== 200) return strange(answer, name);
      const bytes = await bodyOf(answer, `${name}:${wanted}`, MANIFEST_BYTES_MAX);
      const digest = sha256Of(bytes);
      if (wanted.startsWith("sha256:") && digest !== wanted) throw userError("CONTENT_ALTERED", `${name}@${wanted}`, wanted, digest);
      return { digest, bytes };
    },
    blob: async (digest, bytesMax) => {
      const answer = await read(`${base}/blobs/${digest}`);
      if (answer.status !== 200) return strange(answer, `${name}@${digest}`);
      const bytes = await bodyOf(answer, `${name}@${digest}`, bytesMax);
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
      if (begun.status !== 202 || location === null) return strange(begun, name);
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
