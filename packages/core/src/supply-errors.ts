/** What can be wrong with keys and with what they have signed. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const SUPPLY_ERRORS = {
  KEY_INVALID: error((file: string, reason: string) => ({
    what: `${file} is not a usable key`,
    why: reason,
    todo: "touchstone deploy keys new makes a pair; what is public of it is in the file that ends in .pub.pem",
  })),
  KEY_UNWRITABLE: error((file: string, reason: string) => ({
    what: `The key ${file} could not be written`,
    why: reason,
    todo: "name another file: a key is never written over another",
  })),
  DOCUMENT_INVALID: error((name: string, place: string, reason: string) => ({
    what: `${name} is not the document it should be`,
    why: `${place}: ${reason}`,
    todo: "get it again from who published it; nothing of it was used",
  })),
  DOCUMENT_UNREADABLE: error((name: string, reason: string) => ({
    what: `${name} could not be read`,
    why: reason,
    todo: "of a file, check its name and who may read it; of an address, check it, the network (a policy, a proxy: HTTPS_PROXY, NO_PROXY) and the certificate of its host",
  })),
  DOCUMENT_TOO_LARGE: error((name: string, bytesMax: number) => ({
    what: `${name} is too large`,
    why: `it has more than ${bytesMax} bytes, and no document of its kind has`,
    todo: "check the address: something else is there; nothing of it was used",
  })),
  REGISTRY_UNREACHABLE: error((name: string, reason: string) => ({
    what: `The registry did not answer for ${name}`,
    why: reason,
    todo: "check its name, the network (a policy, a proxy: HTTPS_PROXY, NO_PROXY) and the certificate of its host; in a cluster, updater.networks lets the updater reach it",
  })),
  REGISTRY_REFUSED: error((name: string, reason: string) => ({
    what: `The registry lets nobody in to ${name}`,
    why: reason,
    todo: "log in (helm registry login, docker login, skopeo login); in a cluster, updater.registrySecret in the chart's values names a Secret with the login",
  })),
  REGISTRY_LACKS: error((address: string) => ({
    what: `There is nothing at ${address}`,
    why: "the registry knows no such repository, tag or digest",
    todo: "check the spelling, and ask who publishes whether it is there; some registries say the same to those they let nothing see",
  })),
  CONTENT_ALTERED: error((name: string, expected: string, got: string) => ({
    what: `${name} is not what it has to be`,
    why: `its digest is ${got}, and ${expected} was asked for`,
    todo: "tell who looks after the registry, or the mirror or proxy in between; nothing of it was used",
  })),
  RELEASE_UNFIT: error((name: string, reason: string) => ({
    what: `${name} is not for this deployment now`,
    why: reason,
    todo: "name another release, or ask who publishes; nothing was changed",
  })),
  RELEASE_KEYS_MISSING: error((namespace: string) => ({
    what: "It is not said whose signature counts",
    why: `a release from a registry has to be signed, --keys names no public key, and in ${namespace} there are none (ConfigMap touchstone-upgrades)`,
    todo: "say --keys FILE with the public keys of who publishes; compare their ids by another way first (touchstone deploy keys show)",
  })),
  IMAGE_UNSIGNED: error((reference: string, reason: string) => ({
    what: `The image ${reference} is not signed`,
    why: `${reason}, and release.imageSigners in deployment.yaml says that it has to be`,
    todo: "name images that their publisher has signed with cosign; a mirror made by touchstone deploy mirror brings the signatures along",
  })),
  IMAGE_UNVERIFIED: error((reference: string, reason: string) => ({
    what: `The image ${reference} is not what one of release.imageSigners has signed`,
    why: reason,
    todo: "tell who published it, and who looks after the registry or mirror in between; or add the new key of the publisher, once you have compared it by another way. Nothing of it was used",
  })),
  IMAGE_UNPINNED: error((image: string) => ({
    what: `It is not said which image ${image} has to be`,
    why: "release.imageSigners in deployment.yaml asks for signed images, and a tag can be another image a moment after it was verified",
    todo: "write release.digests: touchstone deploy mirror prints them, and so does who publishes",
  })),
  DOCUMENT_UNSIGNED: error((name: string) => ({
    what: `${name} is not signed`,
    why: "there is no signature on it",
    todo: "get the signed one from who published it; nothing of it was used",
  })),
  DOCUMENT_SIGNER_UNKNOWN: error((name: string, keyIds: string) => ({
    what: `${name} is signed by nobody you trust`,
    why: `its signatures are by ${keyIds}, and none of these is among the public keys given`,
    todo: "ask who published it for the public key, compare its id by another way (touchstone deploy keys show), and only then add it",
  })),
  DOCUMENT_ALTERED: error((name: string, keyId: string) => ({
    what: `${name} is not what was signed`,
    why: `the signature by ${keyId} does not fit it: it was changed afterwards, or its signature was`,
    todo: "get it again, and tell who published it if it stays so; nothing of it was used",
  })),
  CHART_ALTERED: error((address: string, expected: string, got: string) => ({
    what: `The chart at ${address} is not the one that was signed`,
    why: `its digest is ${got}, and the release says ${expected}`,
    todo: "tell who published it, and who looks after the registry or mirror in between; nothing of it was used",
  })),
  CHART_UNSIGNED: error((chart: string, reason: string) => ({
    what: `The chart ${chart} is not signed`,
    why: `${reason}, and release.signers in deployment.yaml says that it has to be`,
    todo: "name a chart that its publisher has signed; a mirror made by touchstone deploy mirror brings the signature along",
  })),
  CHART_UNVERIFIED: error((chart: string, reason: string) => ({
    what: `The chart ${chart} is not what one of release.signers has signed`,
    why: reason,
    todo: "tell who published it, and who looks after the registry or mirror in between; or add the new key of the publisher, once you have compared its fingerprint. Nothing of it was used",
  })),
  PROVENANCE_OTHERWISE: error((file: string, stated: string, got: string) => ({
    what: `${file} is of another archive`,
    why: `it names ${stated}, and the archive beside it has ${got}`,
    todo: "pack and sign the chart once (node packages/deploy/src/chart/publish.ts), and publish these two files",
  })),
  CHART_OTHERWISE: error((address: string, reason: string) => ({
    what: `The chart at ${address} is not what its release says`,
    why: reason,
    todo: "tell who published it; nothing of it was used",
  })),
  UPDATER_NOT_ASKED_FOR: error((file: string, reason: string) => ({
    what: "Upgrades are not pushed into this deployment",
    why: `${file}: ${reason}`,
    todo: "docs/deploy-pushed-upgrades.md says what to write into it; then touchstone deploy upgrade, and allow them again",
  })),
  DOCUMENT_SIGNATURE_LACKING: error((name: string, keyIds: string) => ({
    what: `${name} is not signed by everybody who has to`,
    why: `no signature is by ${keyIds}`,
    todo: "have it signed by the holder of that key as well",
  })),
};
