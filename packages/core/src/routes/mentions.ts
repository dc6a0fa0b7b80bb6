/** Objects as others mention them: as much as a list needs to show and to link them. */
import { z } from "zod";

export const PersonMention = z.object({ id: z.number().int(), name: z.string(), email: z.string() }).meta({ id: "PersonMention" });

export const ContainerMention = z
  .object({ id: z.number().int(), name: z.string(), container_type: z.string() })
  .meta({ id: "ContainerMention" });

export const FieldMention = z
  .object({ id: z.number().int().nullable(), name: z.string(), field_type: z.string().nullable() })
  .meta({ id: "FieldMention" });
