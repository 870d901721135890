import { describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick } from 'vue'

import type { PeopleFound } from '@/api/generated/PeopleFound'

const asked: {
  text: string
  answer: (found: PeopleFound) => void
  fail: (why: unknown) => void
}[] = []
vi.mock('@/api/people', () => ({
  searchPeople: (text: string) =>
    new Promise<PeopleFound>((answer, fail) => asked.push({ text, answer, fail })),
}))

const { isReceipt, useSearch } = await import('./search')

const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await nextTick()
}
const found = (more: boolean): PeopleFound => ({ rows: [], more, unfinished: false })

describe('a search while somebody types', () => {
  it('shows the answer to the newest text, whichever comes last', async () => {
    const scope = effectScope()
    const search = scope.run(useSearch)!
    search.text.value = 'w'
    await settle()
    search.text.value = 'wx'
    await settle()
    expect(asked.map((one) => one.text)).toEqual(['w', 'wx'])
    asked[1]?.answer(found(true))
    asked[0]?.answer(found(false))
    await settle()
    expect(search.found.value?.more).toBe(true)
    expect(search.searched.value).toBe('wx')
    search.text.value = ''
    await settle()
    expect(search.found.value).toBeNull()
    scope.stop()
  })

  it('looks for nobody while a scanner types the code of a receipt', async () => {
    asked.length = 0
    const scope = effectScope()
    const search = scope.run(useSearch)!
    search.text.value = 'YZ1.320302001005.320302001005-01-000017.AB12CD34.00'
    await settle()
    expect(asked).toEqual([])
    expect(['YZ1.3', ' yz1.', 'YZ', 'yz1', '王'].map(isReceipt)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    scope.stop()
  })

  it('does not tell that an older search was ended', async () => {
    asked.length = 0
    const scope = effectScope()
    const search = scope.run(useSearch)!
    search.text.value = 'a'
    await settle()
    search.text.value = 'ab'
    await settle()
    const superseded = { reason: { code: 'search.superseded' }, field: null }
    asked[0]?.fail(superseded)
    await settle()
    expect(search.failure.value).toBeNull()
    asked[1]?.fail({ reason: { code: 'station.locked' }, field: null })
    await settle()
    expect(search.failure.value).not.toBeNull()
    scope.stop()
  })
})
