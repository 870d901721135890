import { createPinia } from 'pinia'
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { createI18n } from 'vue-i18n'

import type { Side } from '@/api/generated/Side'

/** Pictures that were asked for and are not answered yet. */
const takes: { automatic: boolean; answer: () => void; fail: (code: string) => void }[] = []
const heard: Record<string, (told: unknown) => void> = {}
const camera = { id: 'c', kind: 'camera', name: 'c', feeder: false, duplex: false, preferred: true }
const none = { pages: [], undo: null }
const called: string[] = []
vi.mock('@/api/transport', () => ({
  call: (name: string, args: { automatic?: boolean; page?: string; paper?: string } = {}) => {
    called.push([name, args.page, args.paper].filter(Boolean).join(' '))
    if (name === 'scan_again') return Promise.resolve(none)
    if (name === 'list_sources') return Promise.resolve([camera])
    if (name !== 'take_picture') return Promise.resolve()
    return new Promise((done, failed) =>
      takes.push({
        automatic: args.automatic === true,
        answer: () => done(none),
        fail: (code) => failed({ reason: { code }, field: null }),
      }),
    )
  },
  listen: (event: string, take: (told: unknown) => void) => {
    heard[event] = take
    return Promise.resolve(() => undefined)
  },
  imageAt: (path: string) => path,
}))

const { usePapers } = await import('../draft/papers')
const { useCapture } = await import('./capture')

const settle = () => new Promise((done) => setTimeout(done))

async function panel() {
  let capture!: ReturnType<typeof useCapture>
  const shell = defineComponent({
    setup() {
      const pages = ref([])
      const papers = usePapers('d', ref([]), pages, () => undefined)
      capture = useCapture('d', papers, pages, () => undefined)
      return () => h('div')
    },
  })
  const i18n = createI18n({ legacy: false, missingWarn: false, fallbackWarn: false })
  const leave = mount(shell, { global: { plugins: [createPinia(), i18n] } })
  await settle()
  return { capture, leave: () => leave.unmount() }
}

describe('a page that was taken by itself', () => {
  beforeEach(() => {
    takes.length = 0
  })

  it('is fetched when the work at hand has ended', async () => {
    const { capture, leave } = await panel()
    void capture.take({ onto: 'end' })
    heard.preview?.({ told: 'taken' })
    await settle()
    expect(takes.map((one) => one.automatic)).toEqual([false])
    takes[0]?.answer()
    await settle()
    expect(takes.map((one) => one.automatic)).toEqual([false, true])
    takes[1]?.answer()
    await settle()
    // More may wait than was told meanwhile.
    expect(takes.map((one) => one.automatic)).toEqual([false, true, true])
    takes[2]?.fail('camera.nothing_taken')
    await settle()
    expect(takes).toHaveLength(3)
    expect(capture.failure.value).toBeNull()
    leave()
  })

  it('does not get lost when two come while the hand is busy, and a key takes a third', async () => {
    const { capture, leave } = await panel()
    capture.shaping.value = { page: 'p', at: 0, side: {} as Side }
    heard.preview?.({ told: 'taken' })
    heard.preview?.({ told: 'taken' })
    await settle()
    capture.shaping.value = null
    void capture.take({ onto: 'end' })
    await settle()
    for (let at = 0; at < 3; at++) {
      takes[at]?.answer()
      await settle()
    }
    expect(takes.map((one) => one.automatic)).toEqual([false, true, true, true])
    leave()
  })

  it('that could not be taken is said until one is, or a key takes it', async () => {
    const { capture, leave } = await panel()
    const missed = { told: 'missed', reason: { code: 'scan.transfer' } }
    const shown = { told: 'shown', seq: 1, quads: [], hints: [], still: 'settling', percent: 100 }
    for (const end of [
      () => heard.preview?.({ told: 'taken' }),
      () => capture.take({ onto: 'end' }),
    ]) {
      heard.preview?.(missed)
      heard.preview?.(shown)
      expect(capture.camera.missed.value?.code).toBe('scan.transfer')
      void end()
      await settle()
      expect(capture.camera.missed.value).toBeNull()
      takes.at(-1)?.fail('camera.nothing_taken')
      await settle()
    }
    leave()
  })

  it('waits until the corners are put right', async () => {
    const { capture, leave } = await panel()
    capture.shaping.value = { page: 'p', at: 0, side: {} as Side }
    heard.preview?.({ told: 'taken' })
    await settle()
    expect(takes).toHaveLength(0)
    capture.shaping.value = null
    await settle()
    expect(takes.map((one) => one.automatic)).toEqual([true])
    leave()
  })
})

describe('while pages come from a scanner', () => {
  it('a page is taken again from there, and no second side is asked of a camera', async () => {
    takes.length = 0
    const { capture, leave } = await panel()
    await capture.choose({ id: 's', kind: 'scanner', name: 's', paper: 'feeder' })
    await capture.take({ onto: 'back_of', page: 'p' })
    expect(takes).toHaveLength(0)
    await capture.retake('p')
    expect(called.at(-1)).toBe('scan_again p feeder')
    expect(capture.failure.value).toBeNull()
    leave()
  })
})
