import type { PagesChanged } from './generated/PagesChanged'
import { call, imageAt, listen } from './transport'

/** How far a scan is; null while the scanner does not say. */
export interface ScanProgress {
  percent: number | null
}

export type Paper = 'flatbed' | 'feeder' | 'duplex'

/** One page from the glass, all there are from a feeder; each is told by `onPages` as it comes. */
export const scanPages = (draft: string, material: string, source: string | null, paper: Paper) =>
  call<PagesChanged>('scan_pages', { draft, material, source, paper })

/** One page in the place of another one. */
export const scanAgain = (draft: string, page: string, source: string | null, paper: Paper) =>
  call<PagesChanged>('scan_again', { draft, page, source, paper })

/** What comes from the watched folder from now on is of another material. */
export const scanInto = (material: string) => call<void>('scan_into', { material })

export const cancelScan = () => call<void>('cancel_scan')

export const addPage = async (draft: string, material: string, file: File) =>
  call<PagesChanged>('add_page', { draft, material, name: file.name, bytes: await base64(file) })

/** `quarters` clockwise, 1 to 3. */
export const turnPage = (draft: string, page: string, quarters: number) =>
  call<PagesChanged>('turn_page', { draft, page, quarters })

export const movePage = (draft: string, page: string, to: number) =>
  call<PagesChanged>('move_page', { draft, page, to })

export const removePage = (draft: string, page: string) =>
  call<PagesChanged>('remove_page', { draft, page })

export const restorePage = (draft: string, undo: string) =>
  call<PagesChanged>('restore_page', { draft, undo })

/** A page came to a form while more are awaited. */
export const onPages = (take: (came: { draft: string; changed: PagesChanged }) => void) =>
  listen('pages', take)

export const onScan = (take: (progress: ScanProgress) => void) => listen('scan', take)

export const imageOf = (page: string) => imageAt(page)

export const thumbnailOf = (page: string) => `${imageAt(page)}?thumb`

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(reader.error)
    // A data URL: what stands after the comma is the base64.
    reader.onload = () => resolve(String(reader.result).split(',', 2)[1] ?? '')
    reader.readAsDataURL(file)
  })
}
