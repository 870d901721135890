import { CallFailed, failureOf } from './failure'

/** One request to the server this page came from; fails with `CallFailed`. */
export async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: 'same-origin' }
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' }
    init.body = JSON.stringify(body)
  }
  const answer = await request(path, init)
  const text = await answer.text()
  const value = text === '' ? undefined : parse(text)
  if (!answer.ok) throw new CallFailed(failureOf(value ?? `HTTP ${answer.status}`))
  return value as T
}

async function request(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch {
    throw new CallFailed({ reason: { code: 'line.unreachable' }, field: null })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
