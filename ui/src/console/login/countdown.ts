import { computed, onScopeDispose, ref } from 'vue'

/** Seconds as a clock shows them: `0:30`, `12:05`. */
export function clockOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Counts down by the clock, so that a sleeping page does not count too slowly. */
export function useCountdown() {
  const until = ref(0)
  const now = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined

  const left = computed(() => Math.max(0, Math.ceil((until.value - now.value) / 1000)))

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  function tick(): void {
    now.value = Date.now()
    if (left.value === 0) stop()
  }

  function start(seconds: number): void {
    stop()
    now.value = Date.now()
    until.value = now.value + seconds * 1000
    timer = setInterval(tick, 250)
  }

  onScopeDispose(stop)
  return { left, start }
}
