/** Corners of a sheet in a picture's pixels, clockwise from its top left. */
export type Corners = [number, number][]

export const WHOLE = (width: number, height: number): Corners => [
  [0, 0],
  [width, 0],
  [width, height],
  [0, height],
]

/** One corner moved, kept inside the picture. */
export function moved(
  corners: Corners,
  at: number,
  by: [number, number],
  size: { width: number; height: number },
): Corners {
  return corners.map((corner, index) =>
    index === at
      ? [clamp(corner[0] + by[0], size.width), clamp(corner[1] + by[1], size.height)]
      : corner,
  )
}

/** Arrow keys as a step in shown pixels; Shift makes it ten. */
export function stepOf(key: string, shift: boolean): [number, number] | null {
  const far = shift ? 10 : 1
  const steps: Record<string, [number, number]> = {
    ArrowLeft: [-far, 0],
    ArrowRight: [far, 0],
    ArrowUp: [0, -far],
    ArrowDown: [0, far],
  }
  return steps[key] ?? null
}

/** Four corners make a sheet when they go round one way: no sides that cross, none of no length. */
export function isSheet(corners: Corners): boolean {
  if (corners.length !== 4) return false
  return corners.every((here, at) => {
    const next = corners[(at + 1) % 4]!
    const after = corners[(at + 2) % 4]!
    const turn =
      (next[0] - here[0]) * (after[1] - next[1]) - (next[1] - here[1]) * (after[0] - next[0])
    return turn > 0
  })
}

const clamp = (value: number, max: number) => Math.min(Math.max(value, 0), max)
