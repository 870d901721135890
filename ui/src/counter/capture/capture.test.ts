import { createPinia } from 'pinia'
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { createI18n } from 'vue-i18n'

import type { Side } from '@/api/generated/Side'

/** Pictures that were asked for and are not answered yet. */
const takes: { automatic: boolean; answer: () => void; fail: (code: string) => void }[] = []
const heard: Record<string, (told: unknown) => void> = {}
const camera = { id: 'c', kind: 'camera', name: 'c', feeder: false, duplex: false, preferred: true }
const none = { pages: [], undo: null }
const called: string[] = []
let sources = [camera]
/** The panel is left: nothing waits in the station. */
let left = false
interface Asked {
  automatic?: boolean
  material?: string
  page?: string
  paper?: string
}
vi.mock('@/api/transport', () => ({
  call: (name: string, args: Asked = {}) => {
    called.push([name, args.material, args.page, args.paper].filter(Boolean).join(' '))
    if (name === 'scan_again') return Promise.resolve(none)
    if (name === 'list_sources') return Promise.resolve(sources)
    const failing = (code: string) => ({ reason: { code }, field: null })
    if (name === 'take_picture' && left) return Promise.reject(failing('camera.nothing_taken'))
    if (name !== 'take_picture' && name !== 'scan_pages') return Promise.resolve()
    return new Promise((done, failed) =>
      takes.push({
        automatic: args.automatic === true,
        answer: () => done(none),
        fail: (code) => failed(failing(code)),
      }),
    )
  },
  listen: (event: string, take: (told: unknown) => void) => {
    heard[event] = take
    return Promise.resolve(() => undefined)
  },
  imageAt: (path: string) => path,
}))

const { useDesk } = await import('../desk')
const { usePapers } = await import('../draft/papers')
const { useCapture } = await import('./capture')

const settle = () => new Promise((done) => setTimeout(done))

async function panel() {
  left = false
  takes.length = called.length = 0
  let papers!: ReturnType<typeof usePapers>
  let capture!: ReturnType<typeof useCapture>
  const shell = defineComponent({
    setup() {
      const pages = ref([])
      papers = usePapers('d', ref([]), pages, () => undefined)
      capture = useCapture('d', papers, pages, () => undefined)
      return () => h('div')
    },
  })
  const i18n = createI18n({ legacy: false, missingWarn: false, fallbackWarn: false })
  const pinia = createPinia()
  const shown = mount(shell, { global: { plugins: [pinia, i18n] } })
  await settle()
  const leave = async () => {
    left = true
    takes.forEach((one) => one.fail('camera.nothing_taken'))
    shown.unmount()
    await settle()
  }
  return { capture, papers, desk: useDesk(pinia), leave }
}

describe('a page that was taken by itself', () => {
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
    await leave()
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
    await leave()
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
    await leave()
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
    await leave()
  })
})

describe('whoever leaves the camera', () => {
  const waits = async (at: number, end: 'answer' | 'fail', code = 'camera.nothing_taken') => {
    expect(takes).toHaveLength(at + 1)
    expect(takes[at]?.automatic).toBe(true)
    takes[at]?.[end](code)
    await settle()
  }

  it('takes along what was taken by itself, each page for the material it was taken for', async () => {
    const { capture, papers, leave } = await panel()
    papers.material.value = 'a'
    capture.shaping.value = { page: 'p', at: 0, side: {} as Side }
    heard.preview?.({ told: 'taken' })
    papers.material.value = 'b'
    heard.preview?.({ told: 'taken' })
    papers.material.value = 'c'
    const ended = capture.fetchAll()
    await settle()
    for (const at of [0, 1]) await waits(at, 'answer')
    await waits(2, 'fail')
    expect(await ended).toBe(true)
    const asked = called.filter((one) => one.startsWith('take_picture'))
    expect(asked).toEqual(['take_picture a', 'take_picture b', 'take_picture c'])
    expect(capture.failure.value).toBeNull()
    await leave()
  })

  it('is told when a page cannot be kept, and can leave it', async () => {
    const { capture, leave } = await panel()
    const ways = { id: 's', kind: 'scanner', name: 's', paper: 'feeder' } as const
    const first = capture.choose(ways)
    await settle()
    await waits(0, 'fail', 'store.disk_full')
    await first
    expect(capture.isCamera.value).toBe(true)
    expect(capture.failure.value?.reason.code).toBe('store.disk_full')
    const again = capture.choose(ways)
    await settle()
    await waits(1, 'fail', 'store.disk_full')
    await again
    expect(capture.isCamera.value).toBe(false)
    await leave()
  })

  it('in haste leaves the form what was taken for it', async () => {
    const { papers, leave } = await panel()
    papers.material.value = 'a'
    await leave()
    expect(called.slice(-2)).toEqual(['take_picture a', 'close_camera'])
  })
})

describe('a watched folder', () => {
  const folder = { ...camera, id: 'f', kind: 'folder' }

  it('gives each picture to the material that is shown, to be taken back, until it is stopped', async () => {
    sources = [folder]
    const { capture, papers, desk, leave } = await panel()
    papers.material.value = 'a'
    await settle()
    void capture.scan()
    await settle()
    expect(called.at(-1)).toBe('scan_pages a feeder')
    papers.material.value = 'b'
    await settle()
    expect(called.at(-1)).toBe('scan_into b')
    heard.pages?.({ draft: 'd', changed: { pages: [], undo: 'token' } })
    expect(desk.undo).not.toBeNull()
    desk.undo = null
    const page = { page: 'p', material: 'b' }
    heard.pages?.({ draft: 'd', changed: { pages: [page], undo: null } })
    expect(desk.undo).not.toBeNull()
    takes[0]?.fail('scan.cancelled')
    await settle()
    expect([capture.working.value, capture.failure.value]).toEqual(['', null])
    await leave()
    sources = [camera]
  })
})

describe('a device that is not there', () => {
  it('is looked for when the panel opens without any, and when it was there', async () => {
    sources = []
    const { capture, leave } = await panel()
    expect(called.filter((one) => one === 'look_for_devices')).toHaveLength(1)
    sources = [{ ...camera, kind: 'scanner' }]
    heard.devices?.(undefined)
    await settle()
    void capture.scan()
    await settle()
    takes[0]?.fail('scan.unplugged')
    await settle()
    expect(called.filter((one) => one === 'look_for_devices')).toHaveLength(2)
    await leave()
    sources = [camera]
  })
})

describe('while pages come from a scanner', () => {
  it('a page is taken again from there, and no second side is asked of a camera', async () => {
    const { capture, leave } = await panel()
    const chosen = capture.choose({ id: 's', kind: 'scanner', name: 's', paper: 'feeder' })
    await settle()
    takes[0]?.fail('camera.nothing_taken')
    await chosen
    takes.length = 0
    await capture.take({ onto: 'back_of', page: 'p' })
    expect(takes).toHaveLength(0)
    await capture.retake('p')
    expect(called.at(-1)).toBe('scan_again p feeder')
    expect(capture.failure.value).toBeNull()
    await leave()
  })
})
