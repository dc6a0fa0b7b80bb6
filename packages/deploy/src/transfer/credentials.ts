/** What secrets a deployment has, by name: who was its operator has seen them, or could have. Pure. */
import { backupBucketOf } from "../deployment/backup-bucket.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { Credential } from "./document.ts";

const byCommand = (name: string, how: string): Credential => ({ name, rotatedBy: "command", how });
const byPerson = (name: string, how: string): Credential => ({ name, rotatedBy: "person", how });

export type Known = { groups: readonly string[]; connections: readonly string[]; providers: readonly string[] };

/** Whoever can read where backups go has the store as it was each night, before the transfer and after it. */
const ofBackups = (deployment: Deployment): Credential[] => {
  const bucket = backupBucketOf(deployment);
  if (bucket === null) return [];
  const { url, secret } = bucket;
  const name = `${secret === "" ? "" : `Secret ${secret}: keys of the `}bucket of backups ${url}`;
  const keys = secret === "" ? "an identity" : "keys";
  return [
    byPerson(
      name,
      `see whose account it is in; name one of yours (backup.bucket) with ${keys} of yours, and see to the backups in the old one`,
    ),
  ];
};

export const credentialsOf = (deployment: Deployment, { groups, connections, providers }: Known): Credential[] => {
  const { secrets, release, store, cloud, tlsIssuer } = deployment;
  return [
    byCommand(`Secret ${secrets.keys}: keys that seal stored secrets`, "a new key; every stored secret is wrapped anew, the old key goes"),
    byCommand(`Secret ${secrets.keys}: key that signs tokens`, "a new key; every token of the API ends, the customer's too"),
    ...groups.map((group) =>
      byCommand(`Secret ${secrets.dataplanes}: token of the group ${group}`, "a new token; the group's pods are replaced"),
    ),
    store === "cloudnativepg"
      ? byPerson(
          "password of the metadata store",
          "the CloudNativePG operator: delete the Secret …-store-app's password and let it make another",
        )
      : byPerson(
          `Secret ${secrets.store}: password of the metadata store`,
          "change it in the database, write the new DATABASE_URL into the Secret, restart the API",
        ),
    ...(secrets.certificate === undefined
      ? [
          byPerson(
            `certificate${tlsIssuer === undefined ? "" : ` of ${tlsIssuer}`}: private key`,
            "have cert-manager issue it anew, under an account of yours",
          ),
        ]
      : [byPerson(`Secret ${secrets.certificate}: private key of the certificate`, "have it issued anew with another key")]),
    ...(secrets.internal === undefined
      ? []
      : [
          byPerson(
            `Secret ${secrets.internal}: private key of the certificate inside`,
            "make it anew: docs/runbooks/internal-certificate.md",
          ),
        ]),
    ...ofBackups(deployment),
    ...release.pullSecrets.map((name) =>
      byPerson(`Secret ${name}: login at the registry`, "a login of yours at the registry, or at a mirror"),
    ),
    ...(cloud === undefined
      ? []
      : [
          byPerson(
            `keys of the ${cloud.provider} account`,
            "sign-in of the account itself, its root user, its billing, its break-glass accounts",
          ),
        ]),
    ...connections.map((name) =>
      byPerson(`connection ${name}: password or key of the datastore`, "change it in the datastore, then in the connection"),
    ),
    ...providers.map((name) => byPerson(`identity provider ${name}: client secret`, "make another at the provider, then enter it")),
  ];
};
