/** How requests and answers name other objects. */
import { z } from "zod";

/** An object of another noun, as much as a link to it needs. */
export const Reference = z.object({ id: z.number().int(), name: z.string() }).meta({ id: "Reference" });

/** Most names in one list: lists are written by people. */
const NAMES_MAX = 500;
export const NAME_CHARACTERS_MAX = 200;

export const Name = z.string().trim().min(1).max(NAME_CHARACTERS_MAX);

/** Names, or objects that have one: clients send back what they have read. */
export const Names = z.array(z.union([Name, z.object({ name: Name }).transform(({ name }) => name)])).max(NAMES_MAX);

/** What people keep beside an object for programs of their own. */
export const Metadata = z.record(z.string().max(NAME_CHARACTERS_MAX), z.unknown());

export const Description = z.string().max(10_000);
