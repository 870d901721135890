import { shallowRef } from 'vue'

import {
  getCatalog,
  getMe,
  logIn as ask,
  logOut as leave,
  type SignedIn,
} from '@/api/console/session'
import { names } from '@/words'

/** Who is logged in; null before that and after the session ran out. */
export const me = shallowRef<SignedIn | null>(null)

export async function logIn(login: string, password: string): Promise<void> {
  await ask(login, password)
  await enter()
}

/** Takes up a session that the browser still has; says whether there is one. */
export async function restore(): Promise<boolean> {
  try {
    await enter()
    return true
  } catch {
    return false
  }
}

export async function logOut(): Promise<void> {
  try {
    await leave()
  } finally {
    me.value = null
  }
}

/** The session ran out while a page was open. */
export function forget(): void {
  me.value = null
}

async function enter(): Promise<void> {
  const who = await getMe()
  const catalog = await getCatalog()
  const codes = Object.fromEntries(catalog.codes.map((table) => [table.name, table]))
  names.value = { ...catalog, codes }
  me.value = who
}
