/** Programs that get a token by a person's approval in a browser (device authorization grant, RFC 8628). */
import { z } from "zod";
import { PUBLIC, route, SIGNED_IN } from "./contract.ts";

/** A token for a command line is renewed as often as a season changes. */
const DAYS_MAX = 90;
const DAYS = 30;

const ClientName = z.string().trim().min(1).max(100);
const UserCode = z.string().trim().min(1).max(20);

export const DeviceCode = z
  .object({
    device_code: z.string(),
    /** What the person types or compares. */
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string(),
    /** Seconds. */
    expires_in: z.number().int(),
    interval: z.number().int(),
  })
  .meta({ id: "DeviceCode" });

/** How a program's wait stands; `slow_down` asks for more seconds between two questions. */
export const DeviceAnswer = z
  .discriminatedUnion("status", [
    z.object({ status: z.enum(["pending", "slow_down", "denied", "expired"]) }),
    z.object({ status: z.literal("approved"), token: z.string(), expires_at: z.string() }),
  ])
  .meta({ id: "DeviceAnswer" });

export const device = {
  begin: route({
    method: "POST",
    path: "/auth/device",
    summary: "A program asks for a token; the person it works for approves it in a browser",
    needs: PUBLIC,
    body: z.object({ client_name: ClientName.default("touchstone"), days: z.number().int().min(1).max(DAYS_MAX).default(DAYS) }),
    output: DeviceCode,
  }),
  look: route({
    method: "GET",
    path: "/auth/device",
    summary: "What asks for approval under a code, so that a person can see whether it is theirs",
    needs: SIGNED_IN,
    query: z.object({ user_code: UserCode }),
    output: z.object({ client_name: z.string(), address: z.string(), days: z.number().int(), created: z.string() }),
    errors: ["NOT_ALLOWED", "OBJECT_UNKNOWN"],
  }),
  approve: route({
    method: "POST",
    path: "/auth/device/approve",
    summary: "Approves or denies what asks under a code; only from a session",
    needs: SIGNED_IN,
    body: z.object({ user_code: UserCode, approve: z.boolean() }),
    audits: ["device.approve", "device.deny"],
    errors: ["NOT_ALLOWED", "OBJECT_UNKNOWN"],
  }),
  poll: route({
    method: "POST",
    path: "/auth/device/token",
    summary: "A program asks whether it was approved; the token is answered once",
    needs: PUBLIC,
    body: z.object({ device_code: z.string().max(200) }),
    output: DeviceAnswer,
    audits: ["token.create"],
  }),
};
