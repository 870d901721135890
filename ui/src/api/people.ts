import type { PeopleFound } from './generated/PeopleFound'
import type { PersonPage } from './generated/PersonPage'
import type { Tap } from './generated/Tap'
import type { TypedCheck } from './generated/TypedCheck'
import type { TypedIdentity } from './generated/TypedIdentity'
import { call, imageAt, listen } from './transport'

export const searchPeople = (text: string) => call<PeopleFound>('search_people', { text })

export const getPerson = (person: string) => call<PersonPage>('get_person', { person })

export const getReading = (reading: string) => call<PersonPage>('get_reading', { reading })

/** The photo of the card that was read, or a grey figure. */
export const photoOf = (reading: string) => `${imageAt(reading)}?photo`

export const checkIdentity = (entry: TypedIdentity) => call<TypedCheck>('check_identity', { entry })

export const enterIdentity = (entry: TypedIdentity) => call<PersonPage>('enter_identity', { entry })

/** One of the values on screen is right; the page as it is then. */
export const settleAnswer = (person: string, field: string, value: string, seen: string[]) =>
  call<PersonPage>('settle_answer', { person, field, value, seen })

export const onTap = (take: (tap: Tap) => void) => listen('tap', take)
