/** What something in a registry is called: `oci://registry.example.org/touchstone/releases:stable`, or by its digest. Pure. */
import { userError } from "@touchstone/core/errors";

export type Reference = {
  /** Name, and port where it is another than 443. */
  registry: string;
  /** Below the registry. */
  repository: string;
  tag: string | null;
  /** What it has to be, where it is said. */
  digest: string | null;
};

const SCHEME = "oci://";
export const isOci = (address: string): boolean => address.startsWith(SCHEME);

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests; 255 is what registries take of a name. */
const REGISTRY = "[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?";
const PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const TAG = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}";
const DIGEST = "sha256:[a-f0-9]{64}";
const PATTERN = `oci://(${REGISTRY})/((?=.{1,255}(?:[:@]|$))${PART}(?:/${PART})*)(?::(${TAG}))?(?:@(${DIGEST}))?`;

/** With a tag, or a digest, or both. */
export const OCI_REFERENCE = new RegExp(`^(?=.+/.*[:@])${PATTERN}$`);
const OCI_ADDRESS = new RegExp(`^${PATTERN}$`);

/** Throws OPTION_INVALID; `option` is what errors call it. A reference may lack both tag and digest: it is a place then. */
export const referenceOf = (address: string, option: string): Reference => {
  const [, registry, repository, tag, digest] = OCI_ADDRESS.exec(address) ?? [];
  if (registry === undefined || repository === undefined)
    throw userError("OPTION_INVALID", option, "it is oci://registry/path:tag, or …@sha256:…, without a user in it");
  return { registry, repository, tag: tag ?? null, digest: digest ?? null };
};

/** The same, of something that can be read. Throws OPTION_INVALID. */
export const exactReferenceOf = (address: string, option: string): Reference => {
  const reference = referenceOf(address, option);
  if (reference.tag === null && reference.digest === null)
    throw userError("OPTION_INVALID", option, "it names a place: add a tag (:1.4.0), or a digest");
  return reference;
};

export const addressOf = ({ registry, repository, tag, digest }: Reference): string =>
  `${SCHEME}${registry}/${repository}${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;

/** What skopeo writes as `docker://…`, as ours. */
export const referenceOfImage = (image: string): Reference | null => {
  const address = image.replace(/^docker:\/\//, SCHEME);
  return OCI_ADDRESS.test(address) ? referenceOf(address, image) : null;
};

/** Docker's registry is called otherwise than its host is. */
const DOCKER = "docker.io";
export const hostOf = (registry: string): string => (registry === DOCKER ? "registry-1.docker.io" : registry);
/** And logins to it are kept under a third name. */
export const loginHostOf = (registry: string): string => (registry === DOCKER ? "index.docker.io" : registry);

/** This machine itself, to which nobody is in between: tools for registries speak http there. */
export const isLoopback = ({ registry }: Pick<Reference, "registry">): boolean => /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(registry);
