import { createPinia } from 'pinia'
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { createI18n } from 'vue-i18n'

import type { Side } from '@/api/generated/Side'

/** Pictures that were asked for and are not answered yet. */
const takes: { automatic: boolean; answer: () => void }[] = []
const heard: Record<string, (told: unknown) => void> = {}
const camera = { id: 'c', kind: 'camera', name: 'c', feeder: false, duplex: false, preferred: true }
const none = { pages: [], undo: null }
vi.mock('@/api/transport', () => ({
  call: (name: string, args: { automatic?: boolean } = {}) => {
    if (name === 'list_sources') return Promise.resolve([camera])
    if (name !== 'take_picture') return Promise.resolve()
    return new Promise((done) =>
      takes.push({ automatic: args.automatic === true, answer: () => done(none) }),
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
    expect(takes).toHaveLength(2)
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
