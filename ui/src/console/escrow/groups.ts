/** A fingerprint in groups of four, eight groups a line: as it is read aloud. */
export function fingerprintLines(hex: string): string[] {
  const groups = hex.toUpperCase().match(/.{1,4}/g) ?? []
  const lines: string[] = []
  for (let at = 0; at < groups.length; at += 8) lines.push(groups.slice(at, at + 8).join(' '))
  return lines
}

/** A release code as it is read over the phone: `1234 5678`. */
export const spoken = (code: string): string => (code.match(/.{1,4}/g) ?? []).join(' ')
