/** What a provider's SAML metadata says: who it is, where it is asked, with what it signs (SAML metadata §2.4.3). */
import { parseXml2JsFromString } from "@node-saml/node-saml/lib/xml.js";
import { z } from "zod";
import { certificateOf } from "./saml.ts";

const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

const Key = z.object({
  $: z.object({ use: z.string().optional() }).optional(),
  KeyInfo: z.tuple([z.object({ X509Data: z.array(z.object({ X509Certificate: z.array(z.object({ _: z.string() })) })) })]),
});
const Metadata = z.object({
  EntityDescriptor: z.object({
    $: z.object({ entityID: z.string() }),
    IDPSSODescriptor: z.tuple([
      z.object({
        KeyDescriptor: z.array(Key).min(1),
        SingleSignOnService: z.array(z.object({ $: z.object({ Binding: z.string(), Location: z.string() }) })).min(1),
      }),
    ]),
  }),
});

export type Described = { idp_issuer: string; entry_point: string; certificates: string[] };

/** Null with the reason where it describes no provider that can be used. */
export const readMetadata = async (xml: string): Promise<Described | string> => {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) return "its metadata declares a document type";
  const document: unknown = await parseXml2JsFromString(xml).catch(() => null);
  const parsed = Metadata.safeParse(document);
  if (!parsed.success) return `its metadata has no usable ${parsed.error.issues[0]?.path.join(".") || "content"}`;
  const { $, IDPSSODescriptor } = parsed.data.EntityDescriptor;
  const [{ KeyDescriptor, SingleSignOnService }] = IDPSSODescriptor;
  const entry = SingleSignOnService.find(({ $: { Binding, Location } }) => Binding === REDIRECT && /^https?:\/\//.test(Location));
  if (entry === undefined) return "its metadata has no sign-in by redirect";
  const certificates = KeyDescriptor.filter((key) => key.$?.use !== "encryption")
    .flatMap(({ KeyInfo }) => KeyInfo[0].X509Data.flatMap(({ X509Certificate }) => X509Certificate.map(({ _ }) => certificateOf(_))))
    .filter((certificate) => certificate !== null);
  if (certificates.length === 0) return "its metadata has no certificate for signing";
  return { idp_issuer: $.entityID, entry_point: entry.$.Location, certificates };
};
