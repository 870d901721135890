import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { clockOf, useCountdown } from './countdown'

describe('the wait after wrong passwords', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is shown as a clock', () => {
    expect([0, 9, 30, 725].map(clockOf)).toEqual(['0:00', '0:09', '0:30', '12:05'])
  })

  it('counts down to nothing and starts again', () => {
    const scope = effectScope()
    const wait = scope.run(useCountdown)!
    wait.start(30)
    expect(wait.left.value).toBe(30)
    vi.advanceTimersByTime(10_000)
    expect(wait.left.value).toBe(20)
    vi.advanceTimersByTime(60_000)
    expect(wait.left.value).toBe(0)
    wait.start(60)
    expect(wait.left.value).toBe(60)
    scope.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
