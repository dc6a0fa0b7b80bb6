/** What the deploy role of one deployment may do to another's: deploy/terraform/aws/deploy-role.json, read as IAM reads it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TEMPLATES } from "../../terraform/templates.ts";
import { allows, readDeployRole, type Context } from "./policy.ts";

const FILE = join(TEMPLATES, "aws", "deploy-role.json");
const AT = "eu-central-1:123456789012";
const names = { ACCOUNT: "123456789012", REGION: "eu-central-1", NAME: "acme", STATE_BUCKET: "states", STATE_KEY: "acme", ZONE: "Z0OURS" };
const role = readDeployRole(FILE, names);

const KEY = `arn:aws:kms:${AT}:key/1`;
const CERTIFICATE = `arn:aws:acm:${AT}:certificate/1`;
const TAG = "touchstone:deployment";
const asks = { [`aws:RequestTag/${TAG}`]: ["acme"] };
const isOf = (name: string): Context => ({ [`aws:ResourceTag/${TAG}`]: [name] });
const called = (alias: string): Context => ({ "kms:ResourceAliases": [alias] });

const CASES: readonly { what: string; action: string; on: string; context?: Context; may: boolean }[] = [
  { what: "makes a key with its name", action: "kms:CreateKey", on: "*", context: asks, may: true },
  { what: "makes none without", action: "kms:CreateKey", on: "*", may: false },
  { what: "tags a key that is being made", action: "kms:TagResource", on: KEY, context: asks, may: true },
  {
    what: "tags its own key",
    action: "kms:TagResource",
    on: KEY,
    context: { ...isOf("acme"), ...called("alias/touchstone-acme") },
    may: true,
  },
  { what: "takes no key of another deployment", action: "kms:TagResource", on: KEY, context: { ...asks, ...isOf("other") }, may: false },
  {
    what: "takes no key that somebody named",
    action: "kms:TagResource",
    on: KEY,
    context: { ...asks, ...called("alias/payroll") },
    may: false,
  },
  { what: "takes no key out of its region", action: "kms:TagResource", on: KEY.replace("central", "west"), context: asks, may: false },
  { what: "reads by its own key", action: "kms:Decrypt", on: KEY, context: isOf("acme"), may: true },
  { what: "reads by no key of another", action: "kms:Decrypt", on: KEY, context: isOf("other"), may: false },
  { what: "reads by no key without a tag", action: "kms:Decrypt", on: KEY, may: false },
  { what: "asks for a certificate", action: "acm:RequestCertificate", on: "*", context: asks, may: true },
  { what: "tags a certificate that is being made", action: "acm:AddTagsToCertificate", on: CERTIFICATE, context: asks, may: true },
  {
    what: "takes no certificate of another",
    action: "acm:AddTagsToCertificate",
    on: CERTIFICATE,
    context: { ...asks, ...isOf("other") },
    may: false,
  },
  { what: "deletes its own certificate", action: "acm:DeleteCertificate", on: CERTIFICATE, context: isOf("acme"), may: true },
  { what: "deletes no certificate of another", action: "acm:DeleteCertificate", on: CERTIFICATE, context: isOf("other"), may: false },
  { what: "deletes no certificate without a tag", action: "acm:DeleteCertificate", on: CERTIFICATE, may: false },
  { what: "writes into its zone", action: "route53:ChangeResourceRecordSets", on: "arn:aws:route53:::hostedzone/Z0OURS", may: true },
  {
    what: "writes into no other zone",
    action: "route53:ChangeResourceRecordSets",
    on: "arn:aws:route53:::hostedzone/Z0THEIRS",
    may: false,
  },
  {
    what: "deletes its parameter group, as the provider names it",
    action: "rds:DeleteDBParameterGroup",
    on: `arn:aws:rds:${AT}:pg:acme-20261126133424245000000001`,
    may: true,
  },
  {
    what: "deletes no parameter group of a longer name",
    action: "rds:DeleteDBParameterGroup",
    on: `arn:aws:rds:${AT}:pg:acme-prod-20261126133424245000000001`,
    may: false,
  },
  {
    what: "nor of one that looks like a number",
    action: "rds:DeleteDBParameterGroup",
    on: `arn:aws:rds:${AT}:pg:acme-20-20261126133424245000000001`,
    may: false,
  },
];
for (const { what, action, on, context = {}, may } of CASES)
  test(`the deploy role ${what}`, () => assert.equal(allows(role, action, on, context), may));

/** Of all inline policies of a role, white space not counted (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const INLINE_MAX = 10_240;

test("it fits into a role, with long names too", () => {
  const long: Readonly<Record<string, string>> = {
    ...names,
    REGION: "ap-southeast-1",
    NAME: "n".repeat(24),
    STATE_BUCKET: "b".repeat(40),
    STATE_KEY: "k".repeat(24),
    ZONE: "Z".repeat(21),
  };
  const text = readFileSync(FILE, "utf8").replaceAll(/STATE_BUCKET|STATE_KEY|ACCOUNT|REGION|ZONE|\bNAME\b/g, (word) => long[word] ?? word);
  const { length } = JSON.stringify(JSON.parse(text));
  assert.ok(length <= INLINE_MAX, `${length} characters`);
});
