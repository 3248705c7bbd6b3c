/** What is used of it: PostgreSQL's own parser. Its trees are read as what they are, JSON. */
declare module 'libpg-query' {
  export function parse(query: string): Promise<{ stmts?: { stmt: Record<string, unknown> }[] }>
}
