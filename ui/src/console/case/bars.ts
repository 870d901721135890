import type { Reason } from '@/api/generated/Reason'

/** What the centre would say to a decision now, sorted by what it keeps from. */
export interface Bars {
  /** Nothing can be decided here by this person. */
  all: Reason[]
  /** The case cannot be approved; it can be returned or refused. */
  approval: Reason[]
}

/** Areas of codes that speak of the reviewer or of the record, not of what was filed. */
const OF_THE_REVIEW = ['review', 'act']

/** The centre judges an approval: what speaks of the review holds for every decision. */
export function barsOf(bars: Reason[]): Bars {
  const ofReview = (why: Reason) => OF_THE_REVIEW.includes(why.code.split('.')[0] ?? '')
  return {
    all: bars.filter(ofReview),
    approval: bars.filter((why) => !ofReview(why)),
  }
}
