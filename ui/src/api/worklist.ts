import type { Worklist } from './generated/Worklist'
import { call, listen } from './transport'

export const getWorklist = () => call<Worklist>('get_worklist')

/** Facts arrived or the outbox moved: what is shown may be old. */
export const onChanged = (take: () => void) => listen('changed', take)
