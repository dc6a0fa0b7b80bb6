/** Who asks Azure: the identity that trusts this pod's own token (Azure workload identity), or a shared access signature. */
import { z } from "zod";
import { given, identityFrom, noIdentity, tokenIn, unreadable } from "./identity-service.ts";
import { jsonIn } from "@touchstone/core/json";
import type { Environment } from "./object-store.ts";
import type { Authorise } from "./request.ts";
import { lasting } from "./token.ts";

const Token = z.object({ access_token: z.string(), expires_in: z.coerce.number() });

const bySignature =
  (signature: string): Authorise =>
  async (ask) => {
    const url = new URL(ask.url);
    for (const [key, value] of new URLSearchParams(signature.replace(/^\?/, ""))) url.searchParams.set(key, value);
    return { ...ask, url };
  };

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential */
const byFederation = (place: string, env: Environment, client: string, tenant: string, file: string): Authorise => {
  const authority = (env["AZURE_AUTHORITY_HOST"] ?? "https://login.microsoftonline.com").replace(/\/+$/, "");
  const token = lasting(async () => {
    const form = {
      client_id: client,
      scope: "https://storage.azure.com/.default",
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await tokenIn(place, file),
    };
    const { data } = Token.safeParse(jsonIn(await identityFrom(place, { url: `${authority}/${tenant}/oauth2/v2.0/token`, form })));
    if (data === undefined) throw unreadable(place, new URL(authority).host);
    return { value: data.access_token, until: Date.now() + data.expires_in * 1000 };
  });
  return async (ask) => ({ ...ask, headers: { ...ask.headers, authorization: `Bearer ${await token()}` } });
};

/** Throws OBJECT_STORE_IDENTITY. */
export const azureIdentity = (place: string, env: Environment): Authorise => {
  const signature = given(env, "AZURE_STORAGE_SAS_TOKEN");
  if (signature !== "") return bySignature(signature);
  const [client = "", tenant = "", file = ""] = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"].map(
    (name) => env[name] ?? "",
  );
  if (client !== "" && tenant !== "" && file !== "") return byFederation(place, env, client, tenant, file);
  throw noIdentity(
    place,
    "AZURE_STORAGE_SAS_TOKEN and AZURE_FEDERATED_TOKEN_FILE",
    "name a signature in a Secret by backup.bucket.existingSecret, or give the ServiceAccount a client id (docs/deployment.md)",
  );
};
