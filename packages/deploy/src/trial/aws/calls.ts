/**
 * Which action of IAM a request to AWS is (docs.aws.amazon.com/service-authorization/latest/reference): what a policy has to allow for it.
 * The service is in the signature; the call in the form, in a header, or in method and path. Pure.
 */
export type Call = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | undefined>>;
  form: string;
  /** Of services that take JSON with the call's name in a header. */
  json: Readonly<Record<string, unknown>>;
};

/** Services whose name in a policy is another than in a signature. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

export const serviceOf = ({ headers }: Pick<Call, "headers">): string =>
  /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers["authorization"] ?? "")?.[1] ?? "";

type Row = readonly [method: string, what: RegExp, action: string];

/** Parts of a bucket or object, by the name in the query; each read by GET, written by PUT, and taken away by DELETE as written. */
const OF_BUCKETS: Readonly<Record<string, string>> = {
  accelerate: "AccelerateConfiguration",
  acl: "BucketAcl",
  cors: "BucketCORS",
  encryption: "EncryptionConfiguration",
  lifecycle: "LifecycleConfiguration",
  location: "BucketLocation",
  logging: "BucketLogging",
  "object-lock": "BucketObjectLockConfiguration",
  policy: "BucketPolicy",
  publicAccessBlock: "BucketPublicAccessBlock",
  replication: "ReplicationConfiguration",
  requestPayment: "BucketRequestPayment",
  tagging: "BucketTagging",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
};
/** Those that have an action of their own to be taken away by. */
const DELETED: Readonly<Record<string, string>> = { policy: "DeleteBucketPolicy", website: "DeleteBucketWebsite" };

const ofBucket = ({ method, path, query }: Call): string => {
  const [, , key = ""] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
  if (key !== "") return { GET: "GetObject", HEAD: "GetObject", PUT: "PutObject", DELETE: "DeleteObject" }[method] ?? method;
  const part = [...query.keys()].find((name) => name in OF_BUCKETS);
  if (part !== undefined)
    return (method === "DELETE" ? DELETED[part] : undefined) ?? `${method === "GET" ? "Get" : "Put"}${OF_BUCKETS[part]}`;
  return { PUT: "CreateBucket", DELETE: "DeleteBucket" }[method] ?? "ListBucket";
};

const REST: Readonly<Record<string, readonly Row[]>> = {
  eks: [
    ["GET", /^\/clusters$/, "ListClusters"],
    ["POST", /^\/clusters$/, "CreateCluster"],
    ["GET", /^\/clusters\/[^/]+$/, "DescribeCluster"],
    ["DELETE", /^\/clusters\/[^/]+$/, "DeleteCluster"],
    ["POST", /\/clusters\/[^/]+\/update-config$/, "UpdateClusterConfig"],
    ["POST", /\/clusters\/[^/]+\/updates$/, "UpdateClusterVersion"],
    ["GET", /\/updates\/[^/]+$/, "DescribeUpdate"],
    ["GET", /\/node-groups$/, "ListNodegroups"],
    ["POST", /\/node-groups$/, "CreateNodegroup"],
    ["GET", /\/node-groups\/[^/]+$/, "DescribeNodegroup"],
    ["DELETE", /\/node-groups\/[^/]+$/, "DeleteNodegroup"],
    ["POST", /\/node-groups\/[^/]+\/update-config$/, "UpdateNodegroupConfig"],
    ["POST", /\/node-groups\/[^/]+\/update-version$/, "UpdateNodegroupVersion"],
    ["POST", /\/addons$/, "CreateAddon"],
    ["GET", /\/addons\/[^/]+$/, "DescribeAddon"],
    ["DELETE", /\/addons\/[^/]+$/, "DeleteAddon"],
    ["POST", /\/addons\/[^/]+\/update$/, "UpdateAddon"],
    ["POST", /\/access-entries$/, "CreateAccessEntry"],
    ["GET", /\/access-entries\/[^/]+$/, "DescribeAccessEntry"],
    ["POST", /\/access-entries\/[^/]+$/, "UpdateAccessEntry"],
    ["DELETE", /\/access-entries\/[^/]+$/, "DeleteAccessEntry"],
    ["POST", /\/access-policies$/, "AssociateAccessPolicy"],
    ["GET", /\/access-policies$/, "ListAssociatedAccessPolicies"],
    ["DELETE", /\/access-policies\/[^/]+$/, "DisassociateAccessPolicy"],
    ["POST", /\/pod-identity-associations$/, "CreatePodIdentityAssociation"],
    ["GET", /\/pod-identity-associations\/[^/]+$/, "DescribePodIdentityAssociation"],
    ["POST", /\/pod-identity-associations\/[^/]+$/, "UpdatePodIdentityAssociation"],
    ["DELETE", /\/pod-identity-associations\/[^/]+$/, "DeletePodIdentityAssociation"],
    ["POST", /^\/tags\//, "TagResource"],
    ["DELETE", /^\/tags\//, "UntagResource"],
    ["GET", /^\/tags\//, "ListTagsForResource"],
  ],
  route53: [
    ["GET", /\/hostedzone\/[^/]+$/, "GetHostedZone"],
    ["GET", /\/hostedzone\/[^/]+\/rrset$/, "ListResourceRecordSets"],
    ["POST", /\/hostedzone\/[^/]+\/rrset$/, "ChangeResourceRecordSets"],
    ["GET", /\/change\/[^/]+$/, "GetChange"],
  ],
};

/** Such as `ec2:CreateVpc`; what is not known is said with method and path. */
export const actionOf = (call: Call): string => {
  const service = serviceOf(call);
  const prefix = PREFIXES[service] ?? service;
  const said = new URLSearchParams(call.form).get("Action") ?? call.headers["x-amz-target"]?.split(".").at(-1);
  if (said !== undefined && said !== null) return `${prefix}:${said}`;
  if (service === "s3") return `s3:${ofBucket(call)}`;
  const row = REST[service]?.find(([method, what]) => method === call.method && what.test(call.path));
  return `${prefix}:${row?.[2] ?? `${call.method} ${call.path}`}`;
};

const OF_REGION = "REGION:ACCOUNT";
/** What a request calls its object by, in its form or its JSON, and how a policy names that; the first that is there. */
const NAMED_BY: Readonly<Record<string, readonly (readonly [field: string, arn: string])[]>> = {
  acm: [["CertificateArn", ""]],
  iam: [["RoleName", "arn:aws:iam::ACCOUNT:role/"]],
  kms: [
    ["AliasName", `arn:aws:kms:${OF_REGION}:`],
    ["KeyId", `arn:aws:kms:${OF_REGION}:key/`],
  ],
  logs: [
    ["logGroupName", `arn:aws:logs:${OF_REGION}:log-group:`],
    ["resourceArn", ""],
  ],
  rds: [
    ["DBInstanceIdentifier", `arn:aws:rds:${OF_REGION}:db:`],
    ["DBParameterGroupName", `arn:aws:rds:${OF_REGION}:pg:`],
    ["DBSubnetGroupName", `arn:aws:rds:${OF_REGION}:subgrp:`],
    ["ResourceName", ""],
  ],
  secretsmanager: [["SecretId", ""]],
};

const named = (service: string, { form, json }: Call): string => {
  const said = new URLSearchParams(form);
  for (const [field, arn] of NAMED_BY[service] ?? []) {
    const value = said.get(field) ?? json[field];
    if (typeof value === "string") return value.startsWith("arn:") ? value : `${arn}${value}`;
  }
  return "*";
};

/** What a request is about, as a policy names it: the one object that it is named for. `*` where only the answer says it, and of EC2, which has no names. */
export const resourceOf = (call: Call): string => {
  const [, bucket = ""] = /^\/([^/?]+)/.exec(call.path) ?? [];
  const [, cluster = ""] = /^\/clusters\/([^/]+)/.exec(call.path) ?? [];
  const [, ofZones = ""] = /\/((?:hostedzone|change)\/[^/]+)/.exec(call.path) ?? [];
  const service = serviceOf(call);
  switch (service) {
    case "s3":
      return `arn:aws:s3:::${call.path.slice(1).replace(/\/$/, "") || bucket}`;
    case "eks":
      return cluster === "" ? "*" : `arn:aws:eks:REGION:ACCOUNT:cluster/${cluster}`;
    case "route53":
      return ofZones === "" ? "*" : `arn:aws:route53:::${ofZones}`;
    default:
      return named(service, call);
  }
};
