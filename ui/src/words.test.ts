import { describe, expect, it } from 'vitest'

import type { Business } from '@/api/generated/Business'

import { businessesOn, businessOn, names } from './words'

const version = (name: string, valid_from: string) => ({ name, valid_from }) as unknown as Business

describe('the version of a business', () => {
  names.value = {
    ...names.value,
    businesses: [
      version('often', '2027-01-01'),
      version('often', '2026-01-01'),
      version('coming', '2027-01-01'),
    ],
  }

  it('is the one that holds on the day of the case', () => {
    expect(businessOn('often', '2027-01-01')?.valid_from).toBe('2027-01-01')
    expect(businessOn('often', '2026-12-31')?.valid_from).toBe('2026-01-01')
    expect(businessOn('often', '2025-12-31')).toBeUndefined()
    expect(businessOn('nothing', '2027-01-01')).toBeUndefined()
  })

  it('is offered once a business, and not before its day', () => {
    expect(businessesOn('2026-12-31').map((one) => one.valid_from)).toEqual(['2026-01-01'])
    expect(businessesOn('2027-01-01').map((one) => one.name)).toEqual(['often', 'coming'])
  })
})
