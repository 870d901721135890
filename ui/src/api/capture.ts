import type { Made } from './generated/Made'
import type { Onto } from './generated/Onto'
import type { PagesChanged } from './generated/PagesChanged'
import type { PreviewTold } from './generated/PreviewTold'
import { call, imageAt, listen } from './transport'

export const openCamera = (source: string, automatic: boolean) =>
  call<void>('open_camera', { source, automatic })

export const closeCamera = () => call<void>('close_camera')

export const setAutomatic = (on: boolean) => call<void>('set_automatic', { on })

/** `automatic` fetches what was taken by itself. */
export const takePicture = (draft: string, material: string, onto: Onto, automatic: boolean) =>
  call<PagesChanged>('take_picture', { draft, material, onto, automatic })

/** Makes a page again from its picture; without corners the whole picture is the page. */
export const shapePage = (
  draft: string,
  page: string,
  side: number,
  corners: [number, number][] | null,
) => call<PagesChanged>('shape_page', { draft, page, side, corners })

export const getShape = (page: string) => call<Made>('get_shape', { page })

export const onPreview = (take: (told: PreviewTold) => void) => listen('preview', take)

/** The newest picture; the number keeps the window from showing one it has. */
export const previewAt = (seq: number) => `${imageAt('preview')}?seq=${seq}`

/** The picture a page was made from. */
export const originalOf = (page: string, side: number) => `${imageAt(page)}?side=${side}`
