/** What a request to AWS is, as a policy names action and object. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, resourceOf, type Call } from "./calls.ts";

const call = (
  service: string,
  { path = "/", target, form = "", json = {} }: { path?: string; target?: string; form?: string; json?: object },
): Call => ({
  method: form === "" && target === undefined ? "GET" : "POST",
  path,
  query: new URLSearchParams(),
  headers: { authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/${service}/aws4_request`, "x-amz-target": target },
  form,
  json: { ...json },
});

const CASES: readonly [Call, action: string, resource: string][] = [
  [call("ec2", { form: "Action=CreateVpc" }), "ec2:CreateVpc", "*"],
  [call("iam", { form: "Action=GetRole&RoleName=acme-node" }), "iam:GetRole", "arn:aws:iam::ACCOUNT:role/acme-node"],
  [
    call("rds", { form: "Action=CreateDBInstance&DBInstanceIdentifier=acme&DBSubnetGroupName=acme&DBParameterGroupName=acme-1" }),
    "rds:CreateDBInstance",
    "arn:aws:rds:REGION:ACCOUNT:db:acme",
  ],
  [
    call("rds", { form: "Action=DeleteDBParameterGroup&DBParameterGroupName=acme-1" }),
    "rds:DeleteDBParameterGroup",
    "arn:aws:rds:REGION:ACCOUNT:pg:acme-1",
  ],
  [
    call("rds", { form: "Action=DeleteDBSubnetGroup&DBSubnetGroupName=acme" }),
    "rds:DeleteDBSubnetGroup",
    "arn:aws:rds:REGION:ACCOUNT:subgrp:acme",
  ],
  [call("rds", { form: "Action=AddTagsToResource&ResourceName=arn%3Aaws%3Ards%3A1" }), "rds:AddTagsToResource", "arn:aws:rds:1"],
  [call("kms", { target: "TrentService.CreateKey" }), "kms:CreateKey", "*"],
  [call("kms", { target: "TrentService.DescribeKey", json: { KeyId: "1" } }), "kms:DescribeKey", "arn:aws:kms:REGION:ACCOUNT:key/1"],
  [call("kms", { target: "TrentService.DescribeKey", json: { KeyId: "arn:aws:kms:1" } }), "kms:DescribeKey", "arn:aws:kms:1"],
  [
    call("kms", { target: "TrentService.CreateAlias", json: { AliasName: "alias/a", TargetKeyId: "1" } }),
    "kms:CreateAlias",
    "arn:aws:kms:REGION:ACCOUNT:alias/a",
  ],
  [
    call("logs", { target: "Logs_20140328.CreateLogGroup", json: { logGroupName: "/touchstone/acme/flow" } }),
    "logs:CreateLogGroup",
    "arn:aws:logs:REGION:ACCOUNT:log-group:/touchstone/acme/flow",
  ],
  [
    call("acm", { target: "CertificateManager.DeleteCertificate", json: { CertificateArn: "arn:aws:acm:1" } }),
    "acm:DeleteCertificate",
    "arn:aws:acm:1",
  ],
  [call("route53", { path: "/2013-04-01/hostedzone/Z1/rrset" }), "route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"],
  [call("route53", { path: "/2013-04-01/change/C1" }), "route53:GetChange", "arn:aws:route53:::change/C1"],
  [call("eks", { path: "/clusters/acme/addons/coredns" }), "eks:DescribeAddon", "arn:aws:eks:REGION:ACCOUNT:cluster/acme"],
  [call("s3", { path: "/states/acme" }), "s3:GetObject", "arn:aws:s3:::states/acme"],
];
for (const [asked, action, resource] of CASES)
  test(`${action} of ${resource}`, () => assert.deepEqual([actionOf(asked), resourceOf(asked)], [action, resource]));
