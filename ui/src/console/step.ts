import { businessOn, useWords } from '@/words'

/** What a business calls its review step, for a case of a day. */
export function useStep() {
  const { of } = useWords()
  return (business: string, day: string, step: number): string =>
    of(businessOn(business, day)?.step[step]?.title)
}
