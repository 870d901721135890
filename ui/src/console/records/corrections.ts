/** What can be done to a record, in the order of the buttons. */
export const CORRECTIONS = ['renumber', 'merge', 'split', 'move'] as const

export type Correction = (typeof CORRECTIONS)[number]

export const REASON_LIMIT = 200
export const SHORTEST_REASON = 2

/** Whether a reason says something. */
export const isReason = (reason: string): boolean => [...reason.trim()].length >= SHORTEST_REASON
