import { describe, expect, it } from 'vitest'

import type { DeviceView } from '@/api/generated/DeviceView'

import { causeAndCure, grouped } from './devices'

const device = (id: string, kind: DeviceView['kind']): DeviceView => ({
  id,
  kind,
  name: id,
  how: null,
  ready: true,
  needed: true,
  reason: { code: 'reader.ready' },
  last: null,
  preferred: false,
  removable: false,
  testable: true,
})

describe('the device page', () => {
  it('puts readers before what makes pages, and each in the order told', () => {
    const groups = grouped([
      device('s', 'scanner'),
      device('r', 'card_reader'),
      device('c', 'camera'),
    ])
    expect(groups.map((group) => group.devices.map((one) => one.id))).toEqual([['r'], ['s', 'c']])
  })

  it('tells what is the matter from what to do', () => {
    expect(causeAndCure('卡纸。取出纸张，再按 F6。')).toEqual(['卡纸。', '取出纸张，再按 F6。'])
    expect(causeAndCure('Paper jam. Take it out.')).toEqual(['Paper jam.', 'Take it out.'])
    expect(causeAndCure('可以刷证')).toEqual(['可以刷证', ''])
  })

  it('leaves a sentence of two halves whole', () => {
    const ready = 'The camera shows the desk; pages can be taken.'
    expect(causeAndCure(ready)).toEqual([ready, ''])
    const social = 'This is a social-security card; it was read. Lay the identity card down.'
    expect(causeAndCure(social)).toEqual([
      'This is a social-security card; it was read.',
      'Lay the identity card down.',
    ])
  })
})
