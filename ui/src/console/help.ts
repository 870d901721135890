import { inject, provide, type InjectionKey } from 'vue'

const HELP: InjectionKey<() => void> = Symbol('help')

export const provideHelp = (open: () => void) => provide(HELP, open)

/** Opens the sheet of keys. */
export const useHelp = () => inject(HELP, () => {})
