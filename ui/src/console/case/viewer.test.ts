import { describe, expect, it } from 'vitest'

import { FITTED, rotate, sizeOf, turnTo, zoomBy } from './viewer'

describe('the page viewer', () => {
  it('stops at the first and at the last page', () => {
    expect(turnTo(FITTED, -1, 3).at).toBe(0)
    expect(turnTo({ ...FITTED, at: 2 }, 3, 3).at).toBe(2)
    expect(turnTo(FITTED, 1, 0).at).toBe(0)
  })

  it('shows another page fitted and upright again', () => {
    const near = rotate(zoomBy(FITTED, 1))
    expect(turnTo(near, 1, 2)).toEqual({ ...FITTED, at: 1 })
    expect(turnTo(near, 0, 2)).toBe(near)
  })

  it('zooms between the whole page and four times', () => {
    let view = FITTED
    for (let i = 0; i < 9; i++) view = zoomBy(view, 1)
    expect(view.zoom).toBe(4)
    for (let i = 0; i < 9; i++) view = zoomBy(view, -1)
    expect(view.zoom).toBe(1)
  })

  it('is upright again after four quarters', () => {
    expect(rotate(rotate(rotate(rotate(FITTED))))).toEqual(FITTED)
  })

  it('fits a page that lies on its side', () => {
    const frame = { width: 600, height: 800 }
    const paper = { width: 1200, height: 1600 }
    expect(sizeOf(paper, frame, FITTED)).toEqual({ width: 600, height: 800 })
    expect(sizeOf(paper, frame, rotate(FITTED))).toEqual({ width: 450, height: 600 })
    expect(sizeOf({ width: 0, height: 0 }, frame, FITTED)).toEqual({ width: 0, height: 0 })
  })
})
