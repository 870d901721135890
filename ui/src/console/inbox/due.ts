/** How near a due date is. */
export type Due = { state: 'late' | 'today' | 'soon' | 'open'; days: number }

const DAY_MS = 86_400_000
const SOON_DAYS = 2

/** Calendar days from `today` to `due`, both `YYYY-MM-DD`. */
export function dueOf(due: string, today: string): Due {
  const days = Math.round((Date.parse(due) - Date.parse(today)) / DAY_MS)
  if (days < 0) return { state: 'late', days: -days }
  if (days === 0) return { state: 'today', days }
  return { state: days <= SOON_DAYS ? 'soon' : 'open', days }
}
