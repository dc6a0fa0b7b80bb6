/**
 * Who asks S3: keys of the environment, a role by the pod's own token (IRSA), or what the agent of EKS Pod Identity gives; by the
 * variables that all of Amazon's own programs know. The machine's own role is not asked for: pods are kept from it.
 */
import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import { z } from "zod";
import { given, identityFrom, noIdentity, tokenIn, unreadable } from "./identity-service.ts";
import { jsonIn } from "@touchstone/core/json";
import type { Environment } from "./object-store.ts";
import type { Authorise } from "./request.ts";
import { lasting, type Lasting } from "./token.ts";

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

const FOR_EVER = Number.POSITIVE_INFINITY;
const SESSION = "touchstone-backup";

const Agent = z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), Token: z.string(), Expiration: z.coerce.date() });

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const assumed = async (place: string, env: Environment, region: string, role: string, file: string): Promise<Lasting<Keys>> => {
  const url =
    env["AWS_ENDPOINT_URL_STS"] ?? env["AWS_ENDPOINT_URL"] ?? `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  const form = {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: SESSION,
    WebIdentityToken: await tokenIn(place, file),
  };
  const xml = await identityFrom(place, { url, form });
  const value = (tag: string): string => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(xml)?.[1] ?? "";
  const keys = { accessKeyId: value("AccessKeyId"), secretAccessKey: value("SecretAccessKey"), sessionToken: value("SessionToken") };
  const until = Date.parse(value("Expiration"));
  if (keys.accessKeyId === "" || keys.secretAccessKey === "" || Number.isNaN(until)) throw unreadable(place, new URL(url).host);
  return { value: keys, until };
};

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
const fromAgent = async (place: string, env: Environment, url: string): Promise<Lasting<Keys>> => {
  const file = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const headers: Record<string, string> = file === undefined ? {} : { authorization: await tokenIn(place, file) };
  const text = await identityFrom(place, { url, headers });
  const { data } = Agent.safeParse(jsonIn(text));
  if (data === undefined) throw unreadable(place, new URL(url).host);
  return {
    value: { accessKeyId: data.AccessKeyId, secretAccessKey: data.SecretAccessKey, sessionToken: data.Token },
    until: data.Expiration.getTime(),
  };
};

/** What is written down goes before what is given, as Amazon's own programs have it. Throws OBJECT_STORE_IDENTITY. */
const keysOf = (place: string, env: Environment, region: string): (() => Promise<Keys>) => {
  const [accessKeyId = "", secretAccessKey = "", sessionToken = ""] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
  ].map((name) => given(env, name));
  if (accessKeyId !== "" && secretAccessKey !== "")
    return lasting(async () => ({ value: { accessKeyId, secretAccessKey, sessionToken }, until: FOR_EVER }));
  const [role = "", file = "", agent = ""] = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"].map(
    (name) => given(env, name),
  );
  if (role !== "" && file !== "") return lasting(() => assumed(place, env, region, role, file));
  if (agent !== "") return lasting(() => fromAgent(place, env, agent));
  throw noIdentity(
    place,
    "AWS_ACCESS_KEY_ID, AWS_ROLE_ARN and AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "name keys in a Secret by backup.bucket.existingSecret, or give the ServiceAccount a role (docs/deployment.md)",
  );
};

/** Signs each request with its body: what arrives is what was sent. Throws OBJECT_STORE_IDENTITY. */
export const awsSigner = (place: string, env: Environment, region: string): Authorise => {
  const keys = keysOf(place, env, region);
  return async (ask) => {
    const sum = createHash("sha256")
      .update(ask.body ?? "")
      .digest("hex");
    const { accessKeyId, secretAccessKey, sessionToken } = await keys();
    const { headers } = await new AwsV4Signer({
      method: ask.method,
      url: ask.url.href,
      headers: { ...ask.headers, "x-amz-content-sha256": sum },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === "" ? {} : { sessionToken }),
      service: "s3",
      region,
    }).sign();
    return { ...ask, headers: Object.fromEntries(headers) };
  };
};
