/** The checks, in the order in which their findings are read. One line each. */
import type { Check } from "./check.ts";
import { backup } from "./backup.ts";
import { bucket } from "./bucket.ts";
import { callers } from "./callers.ts";
import { certificate } from "./certificate.ts";
import { chart } from "./chart.ts";
import { claims } from "./claims.ts";
import { datastores } from "./datastores.ts";
import { images } from "./images.ts";
import { ingress } from "./ingress.ts";
import { internalTls } from "./internal-tls.ts";
import { kinds } from "./kinds.ts";
import { kubernetes } from "./kubernetes.ts";
import { name } from "./name.ts";
import { podSecurity } from "./pod-security.ts";
import { policies } from "./policies.ts";
import { quotas } from "./quotas.ts";
import { release } from "./release.ts";
import { rights } from "./rights.ts";
import { room } from "./room.ts";
import { secrets } from "./secrets.ts";
import { signIn } from "./sign-in.ts";
import { storage } from "./storage.ts";
import { store } from "./store.ts";

export const CHECKS: readonly Check[] = [
  kubernetes,
  room,
  quotas,
  chart,
  kinds,
  rights,
  podSecurity,
  storage,
  claims,
  secrets,
  ingress,
  callers,
  name,
  certificate,
  internalTls,
  images,
  policies,
  store,
  bucket,
  datastores,
  signIn,
  release,
  backup,
];
