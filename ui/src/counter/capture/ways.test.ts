import { describe, expect, it } from 'vitest'

import { wayAfter, waysOf } from './ways'

const camera = { id: 'c', kind: 'camera', name: 'C', feeder: false, duplex: false, preferred: true }
const scanner = {
  id: 's',
  kind: 'scanner',
  name: 'S',
  feeder: true,
  duplex: true,
  preferred: false,
}

describe('ways to a page', () => {
  it('are one for a camera and one for each paper of a scanner, gone through in a round', () => {
    const ways = waysOf([camera, scanner] as never)
    expect(ways.map((way) => way.id + ' ' + way.paper)).toEqual([
      'c flatbed',
      's flatbed',
      's feeder',
      's duplex',
    ])
    expect(wayAfter(ways, 's', 'feeder')?.paper).toBe('duplex')
    expect(wayAfter(ways, 's', 'duplex')?.id).toBe('c')
    expect(wayAfter(ways, 'gone', 'flatbed')?.id).toBe('c')
    expect(wayAfter([], 'x', 'flatbed')).toBeUndefined()
  })
})
