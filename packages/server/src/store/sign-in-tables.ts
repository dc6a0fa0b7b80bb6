/** The tables of sign-in: sessions, attempts, devices, identity providers, and what directories provision. */
import type { Generated } from "kysely";
import type { Defaulted, Json, Mapping, Time, TimeOrNull } from "./columns.ts";

/** A browser that is signed in; it goes when the session ends. */
export type SessionTable = {
  id: Generated<number>;
  user_id: number;
  /** Digest of the cookie's value. */
  value_hash: string;
  /** `password`, or the identity provider's name. */
  how: string;
  address: string;
  agent: string;
  created_at: Defaulted<Date>;
  last_used_at: Time;
  expires_at: Time;
};

/** How often something was tried without success: a sign-in by account or address, a code. */
export type AttemptTable = { key: string; attempts: number; last_at: Time; locked_until: TimeOrNull };

/** A program that waits for a person to approve it from a browser (RFC 8628). */
export type DeviceLoginTable = {
  id: Generated<number>;
  device_code_hash: string;
  user_code_hash: string;
  client_name: string;
  address: string;
  days: number;
  /** Who approved it; null while nobody has. */
  user_id: number | null;
  denied_at: TimeOrNull;
  last_polled_at: TimeOrNull;
  created_at: Defaulted<Date>;
  expires_at: Time;
};

/** Where people sign in elsewhere. Its one secret is sealed. */
export type IdentityProviderTable = {
  id: Generated<number>;
  name: string;
  kind: string;
  enabled: Defaulted<boolean>;
  settings: Json<Mapping>;
  key_id: string | null;
  sealed: string | null;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
};

/** Who somebody is at a provider. The subject is its own name for them, which stays when their address changes. */
export type IdentityTable = { provider_id: number; subject: string; user_id: number; created_at: Defaulted<Date> };

/** A sign-in under way at a provider: what its answer has to match. */
export type SignInFlowTable = {
  id: Generated<number>;
  provider_id: number;
  /** Digest of what the provider sends back (`state`, `RelayState`). */
  state_hash: string;
  /** Digest of what the browser that began has in a cookie. */
  browser_hash: string;
  /** `nonce` and verifier of OpenID Connect, the request's id of SAML. */
  expected: Json<Mapping>;
  return_to: string;
  /** Known once a SAML assertion was accepted; the browser that began has still to show itself. */
  user_id: number | null;
  expires_at: Time;
};

/** What a directory keeps about a user it provisions. */
export type ProvisionedUserTable = {
  user_id: number;
  user_name: string;
  external_id: string | null;
  attributes: Json<Mapping>;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
};

/** A team whose members a directory provisions. */
export type ProvisionedGroupTable = {
  team_id: number;
  external_id: string | null;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
};

export type SignInTables = {
  session: SessionTable;
  attempt: AttemptTable;
  device_login: DeviceLoginTable;
  identity_provider: IdentityProviderTable;
  identity: IdentityTable;
  sign_in_flow: SignInFlowTable;
  provisioned_user: ProvisionedUserTable;
  provisioned_group: ProvisionedGroupTable;
};
