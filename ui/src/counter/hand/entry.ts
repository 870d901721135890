import { computed, reactive, shallowRef, watch } from 'vue'

import type { Reason } from '@/api/generated/Reason'
import type { Sex } from '@/api/generated/Sex'
import type { TypedCheck } from '@/api/generated/TypedCheck'
import type { TypedIdentity } from '@/api/generated/TypedIdentity'
import { checkIdentity, enterIdentity } from '@/api/people'

import { useCall } from '../call'
import { useDesk } from '../desk'

/** Why there was no card; `other` is said in words. */
export const WHY = ['card_damaged', 'card_absent', 'reader_down', 'other'] as const
export const KINDS = [
  'citizen_card',
  'hk_mo_tw_permit',
  'foreigner2017',
  'foreigner2023',
] as const satisfies TypedIdentity['kind'][]
export type Name = 'number' | 'name' | 'sex' | 'birth' | 'address' | 'reason'

/** A document being copied by hand: what Rust says of it, and what its number fills in. */
export function useEntry() {
  const desk = useDesk()
  const { busy, failure, run } = useCall()
  const form = reactive({
    kind: 'citizen_card' as TypedIdentity['kind'],
    number: '',
    name: '',
    sex: null as Sex | null,
    birth: '',
    address: '',
    why: '' as '' | (typeof WHY)[number],
    words: '',
  })
  const checked = shallowRef<TypedCheck | null>(null)
  /** Fields the hand has left: their faults are said. */
  const touched = reactive(new Set<Name>())
  /** Filled in by the number, and not changed since. */
  const filled = reactive(new Set<Name>())

  const entry = computed((): TypedIdentity => ({
    kind: form.kind,
    number: form.number,
    name: form.name,
    sex: form.sex,
    birth: form.birth,
    address: form.address,
    reason: form.why === 'other' ? form.words : form.why,
  }))

  let asked = 0
  async function check() {
    const mine = ++asked
    try {
      const told = await checkIdentity(entry.value)
      if (mine !== asked) return
      checked.value = told
      fillFrom(told)
    } catch {
      // Taking it in says what is wrong.
    }
  }

  /** What the number says stands in the fields unless a hand wrote something else there. */
  function fillFrom({ sex, birth }: TypedCheck) {
    if (birth && (form.birth === '' || filled.has('birth'))) {
      form.birth = birth
      filled.add('birth')
    }
    if (sex && (form.sex === null || filled.has('sex'))) {
      form.sex = sex
      filled.add('sex')
    }
  }

  function typed(name: 'sex' | 'birth', value: string) {
    filled.delete(name)
    if (name === 'sex') form.sex = value as Sex
    else form.birth = value
  }

  watch(entry, check, { immediate: true })

  const faultOf = (name: Name): Reason | undefined =>
    touched.has(name)
      ? checked.value?.faults.find((fault) => fault.field === name)?.reason
      : undefined

  /** The person's page; otherwise the field of the first fault. */
  async function take() {
    const page = await run(() => enterIdentity(entry.value))
    if (page?.reading) {
      desk.reading = { reading: page.reading, page, tookMs: 0, again: false }
      return { reading: page.reading }
    }
    for (const name of ['number', 'name', 'sex', 'birth', 'address', 'reason'] as const)
      touched.add(name)
    return { field: failure.value?.field ?? 'number' }
  }

  return { form, filled, touched, busy, failure, faultOf, typed, take }
}
