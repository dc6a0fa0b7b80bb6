/** How much inference may claim: 0 nothing, 1 what holds without exception, 2 the default, to 5 everything. Cumulative. */
export type Level = 0 | 1 | 2 | 3 | 4 | 5;
export const LEVEL_DEFAULT: Level = 2;
