/** A policy of IAM as far as ours goes (Allow only), and what AWS asks for besides the call itself. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const OneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Policy = z.looseObject({
  Statement: z.array(
    z.looseObject({
      Effect: z.literal("Allow"),
      Action: OneOrMore,
      Resource: OneOrMore,
      Condition: z.record(z.string(), z.record(z.string(), OneOrMore)).default({}),
    }),
  ),
});

type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
export type Statement = { actions: string[]; resources: string[]; condition: Condition };
/** What a request has by the keys of conditions (aws:RequestTag/…): none where the key is absent. */
export type Context = Readonly<Record<string, readonly string[]>>;

/** With the deployment's names in the place of the words in capitals. */
export const readDeployRole = (file: string, names: Readonly<Record<string, string>>): Statement[] => {
  const text = readFileSync(file, "utf8").replaceAll(
    /STATE_BUCKET|STATE_KEY|ACCOUNT|REGION|ZONE|\bNAME(?=[-/*":]|$)/g,
    (word) => names[word] ?? word,
  );
  return Policy.parse(JSON.parse(text)).Statement.map(({ Action, Resource, Condition }) => ({
    actions: Action,
    resources: Resource,
    condition: Condition,
  }));
};

const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  ).test(text);

/** As the user guide of IAM says of operators, as far as ours has them. */
const OPERATORS: Readonly<Record<string, (got: readonly string[] | undefined, wanted: readonly string[]) => boolean>> = {
  StringEquals: (got, wanted) => got?.some((one) => wanted.includes(one)) ?? false,
  StringEqualsIfExists: (got, wanted) => got?.some((one) => wanted.includes(one)) ?? true,
  "ForAllValues:StringEquals": (got, wanted) => got?.every((one) => wanted.includes(one)) ?? true,
  ArnEquals: (got, wanted) => got?.some((one) => wanted.some((pattern) => matches(pattern, one))) ?? false,
};
const holds = (condition: Condition, context: Context): boolean =>
  Object.entries(condition).every(([operator, keys]) => {
    const compares = OPERATORS[operator];
    if (compares === undefined) throw new Error(`a condition by ${operator} is not known here`);
    return Object.entries(keys).every(([key, wanted]) => compares(context[key], wanted));
  });

/**
 * `resource`: `*` where the request does not say it, so that any may be meant; null where it does not matter. Conditions are looked at
 * only where the context of the request is given.
 */
export const allows = (statements: readonly Statement[], action: string, resource: string | null, context?: Context): boolean =>
  statements.some(
    ({ actions, resources, condition }) =>
      actions.some((one) => matches(one, action)) &&
      (resource === null || resource === "*" || resources.some((one) => matches(one, resource))) &&
      (context === undefined || holds(condition, context)),
  );

/**
 * What the caller of an action needs besides: "dependent actions" of the service authorization reference, tags that are given at once, and
 * what the guides of EKS (launch templates, encryption of secrets) and RDS (managed passwords) name.
 */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  "ec2:CreateFlowLogs": ["iam:PassRole"],
  "ec2:CreateVpc": ["ec2:CreateTags"],
  "ec2:CreateVpcEndpoint": ["route53:AssociateVPCWithHostedZone"],
  "ec2:CreateVpnConnection": [
    "logs:CreateLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
  ],
  "ec2:DeleteVpnConnection": ["logs:DeleteLogDelivery"],
  "eks:CreateCluster": ["iam:PassRole", "iam:CreateServiceLinkedRole", "kms:CreateGrant", "kms:DescribeKey", "eks:TagResource"],
  "eks:CreateNodegroup": [
    "iam:PassRole",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:CreateServiceLinkedRole",
    "ec2:RunInstances",
    "ec2:CreateTags",
    "eks:TagResource",
  ],
  "eks:CreatePodIdentityAssociation": ["iam:PassRole", "iam:GetRole", "eks:TagResource"],
  "iam:CreateRole": ["iam:TagRole"],
  "kms:CreateKey": ["kms:TagResource"],
  "logs:CreateLogGroup": ["logs:TagResource"],
  "rds:CreateDBInstance": [
    "rds:AddTagsToResource",
    "iam:CreateServiceLinkedRole",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "secretsmanager:CreateSecret",
    "secretsmanager:TagResource",
  ],
  "rds:CreateDBParameterGroup": ["rds:AddTagsToResource"],
  "rds:CreateDBSubnetGroup": ["rds:AddTagsToResource"],
  "rds:DeleteDBInstance": ["rds:CreateDBSnapshot"],
  "acm:RequestCertificate": ["acm:AddTagsToCertificate"],
};
export const implied = (action: string): readonly string[] => IMPLIED[action] ?? [];
