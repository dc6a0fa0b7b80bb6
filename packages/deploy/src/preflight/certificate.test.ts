import assert from "node:assert/strict";
import { test } from "node:test";
import { Manifest } from "../kubernetes/manifest.ts";
import { ISSUING, LEAF, LEAF_KEY, OTHER_KEY, ROOT } from "../trial/certificates.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { secret } from "../trial/ready-cluster.ts";
import { judgeCertificate, judgeIssuer } from "./certificate.ts";

const WHOLE = LEAF + ISSUING + ROOT;
const OWN: Expected[number] = ["note", /an authority of your own/];

type Case = { what: string; chain?: string; key?: string; type?: string; fqdn?: string; on?: string; expected: Expected };
const CASES: readonly Case[] = [
  { what: "whole", expected: [["ok", /for quality\.example\.org, until 2049-12-31, with its key/], OWN] },
  { what: "below a name with a star", fqdn: "quality.apps.example.org", expected: [["ok", /quality\.apps/], OWN] },
  { what: "two below a name with a star", fqdn: "a.b.apps.example.org", expected: [["problem", /it is for DNS:quality/], OWN] },
  { what: "for another name", fqdn: "other.example.org", expected: [["problem", /DNS:quality\.example\.org/], OWN] },
  { what: "of another key", key: OTHER_KEY, expected: [["problem", /not the key of the certificate/], OWN] },
  { what: "without a key", key: "canary", expected: [["problem", /no private key in PEM/], OWN] },
  {
    what: "without what lies between",
    chain: LEAF,
    expected: [
      ["ok", /./],
      ["note", /the issuer of CN=quality\.example\.org is neither/],
    ],
  },
  { what: "in the wrong order", chain: LEAF + ROOT + ISSUING, expected: [["problem", /was not issued by CN=Example Root, which follows/]] },
  {
    what: "the authority first",
    chain: ISSUING + LEAF,
    expected: [
      ["problem", /not the key/],
      ["problem", /no name/],
      ["problem", /was not issued by/],
    ],
  },
  { what: "no PEM", chain: "canary", expected: [["problem", /no certificate in PEM/]] },
  {
    what: "PEM of nothing",
    chain: "-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n",
    expected: [["problem", /no certificate in PEM/]],
  },
  { what: "of another type", type: "Opaque", expected: [["problem", /of type Opaque/]] },
  { what: "31 days before its end", on: "2049-11-30", expected: [["ok", /./], OWN] },
  {
    what: "30 days before its end",
    on: "2049-12-01",
    expected: [["problem", /in 30 days/], ["problem", /Issuing ends/], ["problem", /Root ends/], OWN],
  },
  {
    what: "after its end",
    on: "2050-02-01",
    expected: [["problem", /ended on 2049-12-31/], ["problem", /Issuing ended/], ["problem", /Root ended/], OWN],
  },
  { what: "before its time", on: "2025-06-01", expected: [["problem", /is valid from/], ["problem", /Issuing/], ["problem", /Root/], OWN] },
];

for (const {
  what,
  chain = WHOLE,
  key = LEAF_KEY,
  type = "kubernetes.io/tls",
  fqdn = "quality.example.org",
  on = "2026-11-26",
  expected,
} of CASES)
  test(`a certificate ${what}`, () => {
    const object = Manifest.parse(secret("tls", { "tls.crt": chain, "tls.key": key }, type));
    const findings = judgeCertificate(object, "tls", fqdn, new Date(`${on}T00:00:00Z`));
    expectFindings(findings, expected);
    assert.doesNotMatch(JSON.stringify(findings), /canary|PRIVATE|BEGIN/);
  });

test("no Secret, or one with nothing in it", () => {
  const now = new Date("2026-11-26T00:00:00Z");
  expectFindings(judgeCertificate(null, "tls", "quality.example.org", now), [["problem", /no Secret tls/]]);
  const empty = Manifest.parse({ ...secret("tls", {}, "kubernetes.io/tls"), data: undefined });
  expectFindings(judgeCertificate(empty, "tls", "quality.example.org", now), [["problem", /no certificate in PEM/]]);
});

const issuer = (conditions: readonly object[]) =>
  Manifest.parse({ apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "le" }, status: { conditions } });
const ISSUERS: readonly { what: string; found: Manifest | null; expected: Expected }[] = [
  { what: "that is ready", found: issuer([{ type: "Ready", status: "True" }]), expected: [["ok", /is ready/]] },
  {
    what: "that is not",
    found: issuer([{ type: "Ready", status: "False", message: "no account" }]),
    expected: [["problem", /no account/]],
  },
  { what: "that says nothing", found: issuer([]), expected: [["problem", /no condition Ready/]] },
  { what: "that is not there", found: null, expected: [["problem", /no ClusterIssuer le/]] },
];
for (const { what, found, expected } of ISSUERS)
  test(`an issuer ${what}`, () => expectFindings([judgeIssuer(found, "ClusterIssuer le")], expected));
