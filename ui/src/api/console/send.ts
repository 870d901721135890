import { CallFailed } from '../failure'
import type { Refused as Problem } from '../generated/console/Refused'
import type { Reason } from '../generated/Reason'

/** A refusal of the centre: its code, the domain's reasons where it gave some, when to try again. */
export class Refused extends CallFailed {
  constructor(
    readonly code: string,
    readonly reasons: Reason[],
    readonly retryAfterS: number | null,
  ) {
    super({ reason: reasons[0] ?? { code }, field: null })
    this.name = 'Refused'
  }

  /** Whether this code was given, as the refusal itself or as a reason of it. */
  says(code: string): boolean {
    return this.code === code || this.reasons.some((reason) => reason.code === code)
  }
}

/** The centre takes requests from its own pages only: others cannot set this header. */
const OURS = { 'x-yizhan': '1' }

/** A line that does not answer in this time is called down. */
const TIMEOUT_MS = 20_000
/** The same for a file of days. */
const FILE_TIMEOUT_MS = 600_000

let expired = () => {}

/** What to do when the centre says that the session ran out. */
export function whenExpired(act: () => void): void {
  expired = act
}

/** One request to the centre this page came from; fails with `Refused`. */
export async function send<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const answer = await request(method, path, body)
  const value = await answer.json().catch(() => undefined)
  if (answer.ok) return value as T
  throw told(refusedBy(value, answer.status))
}

/** A file for the centre; it may take longer than a question. */
export async function sendBytes<T>(path: string, bytes: Blob): Promise<T> {
  const answer = await reach(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { ...OURS, 'content-type': 'application/octet-stream' },
    body: bytes,
    signal: AbortSignal.timeout(FILE_TIMEOUT_MS),
  })
  const value = await answer.json().catch(() => undefined)
  if (answer.ok) return value as T
  throw told(refusedBy(value, answer.status))
}

/** An image of the centre, as an address that lives until it is revoked. */
export const sendForImage = (path: string): Promise<string> => addressOf('GET', path)

/** A file that the centre makes, likewise. */
export const sendForFile = (path: string, body?: unknown): Promise<string> =>
  addressOf('POST', path, body)

async function addressOf(method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> {
  const answer = await request(method, path, body)
  if (!answer.ok) throw told(refusedBy(await answer.json().catch(() => undefined), answer.status))
  return URL.createObjectURL(await answer.blob())
}

/** What stands between the page and the centre may answer without a code: that is the line. */
export function refusedBy(value: unknown, status: number): Refused {
  const problem = value as Partial<Problem> | undefined
  if (typeof problem?.code !== 'string') {
    return new Refused(
      status >= 502 && status <= 504 ? 'line.unreachable' : 'centre.fault',
      [],
      null,
    )
  }
  return new Refused(problem.code, problem.reasons ?? [], problem.retry_after_s ?? null)
}

function told(refused: Refused): Refused {
  if (refused.code === 'auth.expired') expired()
  return refused
}

async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin', headers: OURS }
  if (body !== undefined) {
    init.headers = { ...OURS, 'content-type': 'application/json' }
    init.body = JSON.stringify(body)
  }
  return reach(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch {
    throw new Refused('line.unreachable', [], null)
  }
}
