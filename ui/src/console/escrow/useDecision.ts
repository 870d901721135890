import { computed, ref, shallowRef } from 'vue'

import { approve, refuse, type RecoveryLine } from '@/api/console/escrow'
import { Refused } from '@/api/console/send'

import { useCountdown } from '../login/countdown'
import { useProblem } from '../problem'

/** Shortest reason for a refusal, in characters. */
const REASON_MIN = 2

/** One officer's word on one request. `decided` is called when it was taken. */
export function useDecision(request: () => RecoveryLine, decided: () => void) {
  const { wordsOf } = useProblem()
  const { left, start } = useCountdown()
  const passphrase = ref('')
  const compared = ref(false)
  const reason = ref('')
  const refusing = ref(false)
  const busy = ref(false)
  const problem = ref('')
  /** Told once: the officer reads it to the station. */
  const releaseCode = shallowRef<string | null>(null)

  const canApprove = computed(
    () => compared.value && passphrase.value !== '' && left.value === 0 && !busy.value,
  )
  const canRefuse = computed(() => [...reason.value.trim()].length >= REASON_MIN && !busy.value)

  async function ask(work: () => Promise<void>): Promise<void> {
    busy.value = true
    problem.value = ''
    try {
      await work()
    } catch (thrown) {
      problem.value = wordsOf(thrown)
      if (thrown instanceof Refused && thrown.retryAfterS) start(thrown.retryAfterS)
    } finally {
      passphrase.value = ''
      busy.value = false
    }
  }

  const confirm = () =>
    ask(async () => {
      const { request: id, hash } = request()
      const { release_code: code } = await approve(id, hash, passphrase.value)
      releaseCode.value = code
      if (!code) decided()
    })

  const sayNo = () =>
    ask(async () => {
      await refuse(request().request, reason.value.trim())
      decided()
    })

  return {
    passphrase,
    compared,
    reason,
    refusing,
    busy,
    problem,
    left,
    releaseCode,
    canApprove,
    canRefuse,
    confirm,
    sayNo,
  }
}
