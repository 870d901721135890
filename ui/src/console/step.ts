import { names, useWords } from '@/words'

/** What a business calls its review step. */
export function useStep() {
  const { of } = useWords()
  return (business: string, step: number): string => {
    const steps = names.value.businesses.find((known) => known.name === business)?.step
    return of(steps?.[step]?.title)
  }
}
