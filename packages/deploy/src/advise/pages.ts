/** What of the documentation is made of the advice and the pictures: name below `docs`, and text. */
import { PICTURES } from "../diagram/models.ts";
import { svgOf } from "../diagram/svg.ts";
import { primer } from "./primer.ts";

export const pages = (): Record<string, string> => ({
  "deployment-models.md": primer(),
  ...Object.fromEntries(Object.entries(PICTURES).map(([name, picture]) => [`diagrams/${name}.svg`, svgOf(picture)])),
});
