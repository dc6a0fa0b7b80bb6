/** What somebody types into a search box as a pattern of LIKE: it is contained, and its own wildcards mean themselves. */
export const contains = (text: string): string => `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
