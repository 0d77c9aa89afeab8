/**
 * Marks an opaque token with the dialect it came from. A conversation may go on at another provider, and a provider
 * that is handed another's signature refuses the whole request.
 */
export function markToken(dialect: string, token: string): string {
  return `${dialect}:${token}`;
}

/** The token as the provider gave it; undefined where it is another dialect's, or none. */
export function readToken(dialect: string, marked: string): string | undefined {
  return marked.startsWith(`${dialect}:`) && marked.length > dialect.length + 1
    ? marked.slice(dialect.length + 1)
    : undefined;
}
