import type { CatalogView } from '../generated/console/CatalogView'
import type { SignedIn } from '../generated/console/SignedIn'
import type { SignIn } from '../generated/console/SignIn'
import { send } from './send'

export type { SignedIn }

export const logIn = (login: string, password: string) =>
  send<SignedIn>('POST', '/api/login', { login, password } satisfies SignIn)

export const logOut = () => send<null>('POST', '/api/logout')

export const getMe = () => send<SignedIn>('GET', '/api/me')

export const getCatalog = () => send<CatalogView>('GET', '/api/catalog')
