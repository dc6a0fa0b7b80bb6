/** Who asks Google Cloud Storage: the service account that GKE's metadata server answers for this pod's own (Workload Identity Federation). */
import { z } from "zod";
import { identityFrom, unreadable } from "./identity-service.ts";
import { jsonIn } from "@touchstone/core/json";
import type { Environment } from "./object-store.ts";
import type { Authorise } from "./request.ts";
import { lasting } from "./token.ts";

const Token = z.object({ access_token: z.string(), expires_in: z.number() });
const PLACE = "Google Cloud Storage";

/** https://docs.cloud.google.com/compute/docs/access/authenticate-workloads; keys are HMAC keys, which speak S3's protocol. */
export const googleToken = (env: Environment): Authorise => {
  const host = env["GCE_METADATA_HOST"] ?? "metadata.google.internal";
  const token = lasting(async () => {
    const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
    const { data } = Token.safeParse(jsonIn(await identityFrom(PLACE, { url, headers: { "metadata-flavor": "Google" } })));
    if (data === undefined) throw unreadable(PLACE, host);
    return { value: data.access_token, until: Date.now() + data.expires_in * 1000 };
  });
  return async (ask) => ({ ...ask, headers: { ...ask.headers, authorization: `Bearer ${await token()}` } });
};
