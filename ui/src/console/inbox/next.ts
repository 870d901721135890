/**
 * Where to go after `done`: what stood below it in the list as it was and still waits; else the
 * first that waits; null when nothing does.
 */
export function nextAfter(done: string, before: string[], now: string[]): string | null {
  const waits = new Set(now)
  waits.delete(done)
  const below = before.slice(before.indexOf(done) + 1)
  return below.find((id) => waits.has(id)) ?? now.find((id) => waits.has(id)) ?? null
}
