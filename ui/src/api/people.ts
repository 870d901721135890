import type { PersonPage } from './generated/PersonPage'
import type { PersonRow } from './generated/PersonRow'
import type { Tap } from './generated/Tap'
import type { TypedCheck } from './generated/TypedCheck'
import type { TypedIdentity } from './generated/TypedIdentity'
import { call, listen } from './transport'

export const searchPeople = (text: string) => call<PersonRow[]>('search_people', { text })

export const getPerson = (person: string) => call<PersonPage>('get_person', { person })

export const getReading = (reading: string) => call<PersonPage>('get_reading', { reading })

export const checkIdentity = (entry: TypedIdentity) => call<TypedCheck>('check_identity', { entry })

export const enterIdentity = (entry: TypedIdentity) => call<PersonPage>('enter_identity', { entry })

export const onTap = (take: (tap: Tap) => void) => listen('tap', take)
