/** Why a request had no answer: `fetch` says only that it failed, and keeps the reason behind it. */
export const fetchReason = (thrown: unknown): string => {
  const cause: unknown = Reflect.get(Object(thrown), "cause");
  return String(Reflect.get(Object(cause ?? thrown), "message") ?? thrown);
};
