/**
 * What each version of the chart has changed, newest first, and what who upgrades to it has to know or do. In the annotation that Artifact
 * Hub reads (artifacthub.io/docs/topics/annotations/helm), and in the chart's README. A version is not published before it stands here.
 */
type Kind = "added" | "changed" | "deprecated" | "removed" | "fixed" | "security";
export type ChartVersion = { version: string; changes: readonly { kind: Kind; description: string }[]; upgrading: string };

export const VERSIONS: readonly ChartVersion[] = [
  {
    version: "0.1.0",
    changes: [
      {
        kind: "added",
        description: "Control plane, groups of dataplanes, migrations, backups into a volume or a bucket, and the check of helm test",
      },
      {
        kind: "added",
        description: "Network policies that deny what is not listed, and the restricted Pod Security Standard with nothing waived",
      },
      { kind: "added", description: "Pushed upgrades by an updater in the cluster, off by default" },
      { kind: "security", description: "https between dataplanes and API (internalTls), and a store whose TLS is verified" },
    ],
    upgrading:
      "The first version: there is none to upgrade from. Who runs a state of before it: an address of the store that says no sslmode now means verify-full (sslmode=disable where it has no TLS; authorities for an authority of your own); and the Secret of internalTls is whole, with tls.crt, tls.key and ca.crt, before the upgrade that names it: pods wait for each of them.",
  },
];
