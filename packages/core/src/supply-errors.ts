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
