import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

const asked: string[] = []
const opening: (() => void)[] = []
vi.mock('@/api/transport', () => ({
  call: (name: string, args: { source?: string } = {}) => {
    asked.push(args.source ? `${name} ${args.source}` : name)
    return name === 'open_camera' ? new Promise<void>((done) => opening.push(done)) : settled
  },
  listen: () => Promise.resolve(() => undefined),
  imageAt: (path: string) => path,
}))
const settled = Promise.resolve()

const { useCamera } = await import('./camera')

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** A panel with a camera. */
function panel() {
  const scope = effectScope()
  const camera = scope.run(() =>
    useCamera(
      () => undefined,
      () => settled,
    ),
  )!
  return { camera, leave: () => scope.stop() }
}

describe('a camera', () => {
  beforeEach(() => {
    asked.length = opening.length = 0
  })

  it('that opens when the panel is left already is closed, before the next panel opens its own', async () => {
    const first = panel()
    void first.camera.open('a', true)
    await settle()
    first.leave()
    const second = panel()
    void second.camera.open('b', true)
    await settle()
    expect(asked).toEqual(['open_camera a'])
    opening.shift()?.()
    await settle()
    expect(asked).toEqual(['open_camera a', 'close_camera', 'open_camera b'])
    opening.shift()?.()
    await settle()
    second.leave()
    await settle()
    expect(asked.at(-1)).toBe('close_camera')
  })

  it('gives way to the next one chosen while it still opens', async () => {
    const { camera, leave } = panel()
    void camera.open('a', true)
    void camera.open('b', true)
    await settle()
    opening.shift()?.()
    await settle()
    opening.shift()?.()
    await settle()
    expect(asked).toEqual(['open_camera a', 'close_camera', 'open_camera b'])
    expect(camera.opened.value).toBe('b')
    leave()
    await settle()
  })

  it('is not opened for a panel that is gone', async () => {
    const { camera, leave } = panel()
    leave()
    await camera.open('a', true)
    expect(asked).toEqual([])
  })
})
