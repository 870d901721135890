/** A moment as the desk's clock shows it: `12:03:05`. */
export function clock(iso: string): string {
  const at = new Date(iso)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
}

/** A moment, short: the time today, day and time before. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso)
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (day(at) === day(now)) return time
  const date = `${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return at.getFullYear() === now.getFullYear()
    ? `${date} ${time}`
    : `${at.getFullYear()}-${date} ${time}`
}

/** The local day and time in full: `2026-11-23 12:03`. */
export function dayAndTime(iso: string): string {
  const at = new Date(iso)
  return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** As `moment`, where the hour no longer matters: the day alone in years past. */
export function dayOrMoment(iso: string, now = new Date()): string {
  const at = new Date(iso)
  return at.getFullYear() === now.getFullYear() ? moment(iso, now) : day(at)
}

/** The day as the city counts it, wherever the reader's clock stands. */
export function cityDay(at: Date): string {
  const AHEAD_MS = 8 * 3_600_000
  return new Date(at.getTime() + AHEAD_MS).toISOString().slice(0, 10)
}

/** The local day: `2026-11-23`. */
export function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

const two = (value: number) => String(value).padStart(2, '0')
