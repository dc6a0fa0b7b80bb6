/** Every kind of injected error. */
import { DATE_INJECTORS } from "./dates.ts";
import { IDENTIFIER_INJECTORS } from "./identifiers.ts";
import type { Injector } from "./injector.ts";
import { NUMBER_INJECTORS } from "./numbers.ts";
import { ROW_INJECTORS } from "./rows.ts";
import { TEXT_INJECTORS } from "./text.ts";

export const INJECTORS: readonly Injector[] = [
  ...TEXT_INJECTORS,
  ...NUMBER_INJECTORS,
  ...DATE_INJECTORS,
  ...IDENTIFIER_INJECTORS,
  ...ROW_INJECTORS,
];
