import { z } from "zod";
import { PUBLIC, route } from "./contract.ts";

export const Password = z.string().min(12, "a password has at least 12 characters").max(200);
export const Email = z.string().trim().toLowerCase().max(320).pipe(z.email());

/** A token as it is shown, once. */
export const NewToken = z.object({ id: z.number().int(), token: z.string(), expires_at: z.string() }).meta({ id: "NewToken" });

export const setup = {
  first: route({
    method: "POST",
    path: "/setup",
    summary: "Makes the first administrator, with the code that the installation printed when it first started",
    needs: PUBLIC,
    body: z.object({ code: z.string().max(100), email: Email, name: z.string().trim().min(1).max(200), password: Password }),
    output: NewToken,
    status: 201,
    audits: ["setup.first"],
    errors: ["NOT_ALLOWED", "OBJECT_EXISTS"],
  }),
};
