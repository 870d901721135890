import type { Failure } from './generated/Failure'

/** A call that was answered with a failure: a code with particulars, never text to match. */
export class CallFailed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.reason.code)
    this.name = 'CallFailed'
  }
}

/** Makes the failure out of whatever was thrown; what has no code is a bug. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CallFailed) return thrown.failure
  if (isFailure(thrown)) return { reason: thrown.reason, field: thrown.field ?? null }
  return { reason: { code: 'internal.bug', with: { what: String(thrown) } }, field: null }
}

function isFailure(value: unknown): value is Failure {
  const reason = (value as Failure | null)?.reason
  return typeof reason?.code === 'string'
}
