import type { Role } from "@touchstone/core/routes/contract";
import type { UserKind } from "@touchstone/core/routes/users";

/** Who is asking. */
export type Principal = {
  userId: number;
  email: string;
  name: string;
  role: Role;
  kind: UserKind;
  tokenId: number | null;
} & Limits;

type Limits = {
  /** The session that was signed in, where it was not a token. */
  sessionId?: number;
  /** The token is for provisioning people and groups, and for nothing else. */
  provisioningOnly?: true;
};

/** A dataplane that is asking: it has no role, and nothing but the protocol is open to it. */
export type DataplanePrincipal = { id: number; name: string };

const ROLES: readonly Role[] = ["Member", "Manager", "Admin"];

export const hasRole = (principal: Principal, least: Role): boolean => ROLES.indexOf(principal.role) >= ROLES.indexOf(least);
