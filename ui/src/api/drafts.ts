import type { Draft } from './generated/Draft'
import type { Saved } from './generated/Saved'
import { call } from './transport'

export const openDraft = (business: string, reading: string | null, person: string | null) =>
  call<Draft>('open_draft', { business, reading, person })

export const getDraft = (draft: string) => call<Draft>('get_draft', { draft })

/** Durable when it resolves. */
export const saveAnswers = (draft: string, answers: Record<string, string>) =>
  call<Saved>('save_answers', { draft, answers })

/** Resolves to the token that brings it back. */
export const discardDraft = (draft: string) => call<string>('discard_draft', { draft })

export const restoreDraft = (undo: string) => call<Draft>('restore_draft', { undo })
