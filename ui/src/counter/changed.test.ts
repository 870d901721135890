import { describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick } from 'vue'

const heard: { tell?: () => void } = {}
vi.mock('@/api/worklist', () => ({
  onChanged: (take: () => void) => {
    heard.tell = take
    return Promise.resolve(() => (heard.tell = undefined))
  },
}))

const { useChanged } = await import('./changed')

const settle = async () => {
  for (let turn = 0; turn < 10; turn++) await nextTick()
}

describe('what is shown', () => {
  it('is loaded again after a fact that came during the first load', async () => {
    let open: (() => void) | undefined
    const reload = vi.fn(() => new Promise<void>((done) => (open = done)))
    const scope = effectScope()
    const refresh = scope.run(() => useChanged(reload))
    void refresh?.()
    await settle()
    heard.tell?.()
    expect(reload).toHaveBeenCalledTimes(1)
    open?.()
    await settle()
    expect(reload).toHaveBeenCalledTimes(2)
    open?.()
    await settle()
    expect(reload).toHaveBeenCalledTimes(2)
    scope.stop()
    await refresh?.()
    expect(reload).toHaveBeenCalledTimes(2)
  })
})
