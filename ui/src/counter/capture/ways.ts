import type { DeviceKind } from '@/api/generated/DeviceKind'
import type { PageSource } from '@/api/generated/PageSource'
import type { Paper } from '@/api/pages'

/** One way to get a page: a device, and of a scanner one of its papers. */
export interface Way {
  id: string
  kind: DeviceKind
  name: string
  paper: Paper
}

export function waysOf(sources: PageSource[]): Way[] {
  return sources.flatMap(({ id, kind, name, feeder, duplex }) => {
    // From a folder pages come until it is stopped, and in no other way.
    const isFolder = kind === 'folder'
    const papers: Paper[] = [isFolder ? 'feeder' : 'flatbed']
    if (feeder && !isFolder) papers.push('feeder')
    if (duplex && !isFolder) papers.push('duplex')
    return papers.map((paper) => ({ id, kind, name, paper }))
  })
}

/** The way after this one, round and round. */
export function wayAfter(ways: Way[], id: string, paper: Paper): Way | undefined {
  const at = ways.findIndex((way) => way.id === id && way.paper === paper)
  return ways[(at + 1) % ways.length]
}
