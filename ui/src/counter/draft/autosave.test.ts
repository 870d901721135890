import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createAutosave, RETRY_DELAY_MS, SAVE_DELAY_MS } from './autosave'

describe('autosave', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function set(save: (value: string) => Promise<string>) {
    const saved: string[] = []
    const failed: unknown[] = []
    const autosave = createAutosave(save, {
      saved: (result) => saved.push(result),
      failed: (thrown) => failed.push(thrown),
    })
    return { autosave, saved, failed }
  }

  it('saves the newest of several quick changes once', async () => {
    const { autosave, saved } = set((value) => Promise.resolve(value))
    for (const value of ['1', '13', '138']) autosave.change(value)
    await vi.advanceTimersByTimeAsync(SAVE_DELAY_MS)
    expect(saved).toEqual(['138'])
  })

  it('saves what was typed while a save was running after it, never beside it', async () => {
    let running = 0
    let most = 0
    const { autosave, saved } = set(async (value) => {
      most = Math.max(most, ++running)
      await new Promise((done) => setTimeout(done, 500))
      running--
      return value
    })
    autosave.change('a')
    await vi.advanceTimersByTimeAsync(SAVE_DELAY_MS + 10)
    autosave.change('ab')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(saved).toEqual(['a', 'ab'])
    expect(most).toBe(1)
  })

  it('says that it failed, keeps the value, and tries again by itself', async () => {
    let full = true
    const { autosave, saved, failed } = set((value) =>
      full ? Promise.reject(new Error('disk full')) : Promise.resolve(value),
    )
    autosave.change('138')
    expect(await autosave.flush()).toBe(false)
    expect(failed).toHaveLength(1)
    full = false
    await vi.advanceTimersByTimeAsync(RETRY_DELAY_MS)
    expect(saved).toEqual(['138'])
    expect(await autosave.flush()).toBe(true)
  })

  it('does not put an older value over a newer one after a failure', async () => {
    const tried: string[] = []
    const { autosave } = set(async (value) => {
      tried.push(value)
      await new Promise((done) => setTimeout(done, 100))
      if (value === 'old') throw new Error('line')
      return value
    })
    autosave.change('old')
    await vi.advanceTimersByTimeAsync(SAVE_DELAY_MS + 10)
    autosave.change('new')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(tried).toEqual(['old', 'new'])
  })
})
