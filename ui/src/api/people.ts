import type { PersonPage } from './generated/PersonPage'
import type { PersonRow } from './generated/PersonRow'
import type { Tap } from './generated/Tap'
import { call, listen } from './transport'

export const searchPeople = (text: string) => call<PersonRow[]>('search_people', { text })

export const getPerson = (person: string) => call<PersonPage>('get_person', { person })

export const getReading = (reading: string) => call<PersonPage>('get_reading', { reading })

export const onTap = (take: (tap: Tap) => void) => listen('tap', take)
