/** Where the certificates are from: a Secret that is there, or an issuer of cert-manager. */
import { z } from "zod";
import { objectName } from "./kubernetes-values.ts";

/** Of the name that people reach. */
export const Tls = z
  .strictObject({
    existingSecret: z.string().default("").describe("Secret of type kubernetes.io/tls"),
    issuer: z
      .strictObject({
        name: z.string().default("").describe("its name; empty: none is asked"),
        kind: z.enum(["Issuer", "ClusterIssuer"]).default("ClusterIssuer").describe("of this namespace, or of the cluster"),
      })
      .prefault({})
      .describe("cert-manager's issuer that makes the Secret"),
  })
  .prefault({})
  .describe("the certificate");

/** Of the name by which dataplanes of the cluster reach the API. */
export const InternalTls = z
  .strictObject({
    existingSecret: z
      .union([objectName, z.literal("")])
      .default("")
      .describe(
        "Secret of type kubernetes.io/tls with tls.crt, tls.key and, as ca.crt, the authority; for the name `Service.namespace.svc`. Whole before it is named here: pods wait for all three",
      ),
    issuer: z
      .strictObject({
        name: z.string().default("").describe("its name; empty: none is asked"),
        kind: z.string().min(1).default("ClusterIssuer").describe("Issuer of this namespace, ClusterIssuer, or a kind of another group"),
        group: z.string().min(1).default("cert-manager.io").describe("API group of that kind"),
      })
      .prefault({})
      .describe("cert-manager's issuer of a private authority (CA, Vault), for which a Certificate is made"),
  })
  .prefault({})
  .describe("https between dataplanes and API, with a certificate of the cluster's own; off where neither is said");
