import { nextTick, type Ref } from 'vue'

import { toReason } from './caseKeys'
import type { Words } from './decision'
import { turnTo, type View } from './viewer'

/** Picking what a return names; a material that is picked is also looked at. */
export function usePick(
  shown: Ref<View>,
  said: Ref<Words>,
  count: Ref<number>,
  firstPage: (material: string) => number | undefined,
) {
  function open(ordinal: number): void {
    shown.value = turnTo(shown.value, ordinal, count.value)
  }

  function pick(id: string | null): void {
    said.value = { ...said.value, field: id }
    const first = id === null ? undefined : firstPage(id)
    if (first !== undefined) open(first)
  }

  /** With the mouse: the hand goes on to the reason. */
  async function pickByHand(id: string): Promise<void> {
    pick(id)
    await nextTick()
    toReason()
  }

  return { open, pick, pickByHand }
}
