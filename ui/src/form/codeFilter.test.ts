import { describe, expect, it } from 'vitest'

import { initials, matching } from './codeFilter'

const reasons = [
  { code: '1', zh: '应届毕业生', en: 'New graduate' },
  { code: '2', zh: '终止或解除劳动关系', en: 'Employment ended' },
  { code: '10', zh: '刑满释放', en: 'Released from prison' },
  { code: '90', zh: '其他', en: 'Other' },
]

const codes = (typed: string) => matching(reasons, typed).map((item) => item.code)

describe('choosing a code by the keyboard', () => {
  it('knows the initials of what stands there', () => {
    expect(initials('应届毕业生')).toBe('yjbys')
    expect(initials('终止（解除）2')).toBe('zzjc')
    expect(initials('汉族')).toBe('hz')
    expect(initials('哈尼族')).toBe('hnz')
  })

  it('shows everything while nothing is typed', () => {
    expect(codes('')).toEqual(['1', '2', '10', '90'])
  })

  it('puts the exact code first', () => {
    expect(codes('1')).toEqual(['1', '10'])
    expect(codes('10')).toEqual(['10'])
  })

  it('finds by initials, by characters and by English words', () => {
    expect(codes('yj')).toEqual(['1'])
    expect(codes('解除')).toEqual(['2'])
    expect(codes('OTHER')).toEqual(['90'])
  })

  it('finds nothing where nothing fits', () => {
    expect(codes('zzzz')).toEqual([])
  })
})
