/** What the page viewer shows: which page, how large, turned by how many quarters clockwise. */
export interface View {
  at: number
  /** 1 fits the page into the frame. */
  zoom: number
  quarters: number
}

export const FITTED: View = { at: 0, zoom: 1, quarters: 0 }

const ZOOMS = [1, 1.25, 1.5, 2, 3, 4] as const

/** Another page, fitted again; stops at both ends. */
export function turnTo(view: View, at: number, pages: number): View {
  const to = Math.min(Math.max(at, 0), Math.max(pages - 1, 0))
  return to === view.at ? view : { ...FITTED, at: to }
}

/** One step nearer (`+1`) or farther (`-1`). */
export function zoomBy(view: View, steps: 1 | -1): View {
  const now = ZOOMS.findIndex((zoom) => zoom >= view.zoom)
  const next = ZOOMS[Math.min(Math.max(now + steps, 0), ZOOMS.length - 1)] ?? 1
  return { ...view, zoom: next }
}

/** A quarter clockwise. The view only: what was filed stays as it is. */
export function rotate(view: View): View {
  return { ...view, quarters: (view.quarters + 1) % 4 }
}

/** The image's size in pixels so that the whole page is seen at zoom 1, whichever way it lies. */
export function sizeOf(
  image: { width: number; height: number },
  frame: { width: number; height: number },
  view: View,
): { width: number; height: number } {
  const lies = view.quarters % 2 === 1
  const [across, down] = lies ? [image.height, image.width] : [image.width, image.height]
  if (across === 0 || down === 0) return { width: 0, height: 0 }
  const fit = Math.min(frame.width / across, frame.height / down) * view.zoom
  return { width: image.width * fit, height: image.height * fit }
}
