import { useI18n } from 'vue-i18n'

import type { StationLine, Trouble } from '@/api/console/fleet'
import { size } from '@/counter/storage/size'
import type { Tone } from '@/form/checks'
import { dayAndTime } from '@/times'
import { useWords } from '@/words'

import { since, span, type Span } from './span'

/** Kinds for which people cannot work, or something may be lost. */
const BAD: readonly Trouble[] = ['audit', 'store', 'lease', 'unsent', 'disk', 'certificate']

/** What is wrong with a station in words, and what to do about it. */
export function useTroubles() {
  const { t } = useI18n()
  const { reason, sentences } = useWords()

  const tone = (kind: Trouble): Tone => (BAD.includes(kind) ? 'bad' : 'warn')
  const title = (kind: Trouble): string => t(`fleet.kind.${kind}`)
  const remedy = (kind: Trouble): string => t(`fleet.remedy.${kind}`)
  const length = ({ unit, n }: Span): string => t(`fleet.span.${unit}`, { n })
  const ago = (iso: string | null | undefined): string => (iso ? length(since(iso)) : '')
  const codes = (all: string[]): string => sentences(all.map((code) => reason({ code })))

  const clock = (offS: number): string =>
    t(offS > 0 ? 'fleet.ahead' : 'fleet.behind', { span: length(span(offS)) })

  const is = (line: StationLine, kind: Trouble): string => {
    const said = line.said
    switch (kind) {
      case 'silent':
      case 'lease':
        return t(`fleet.is.${kind}`, { span: ago(line.seen_at) })
      case 'never':
        return t('fleet.is.never', { span: ago(line.enrolled_at) })
      case 'certificate':
        return t('fleet.is.certificate', { until: dayAndTime(line.certificate_until ?? '') })
      case 'device':
        return codes((said?.devices ?? []).map((device) => device.code))
      case 'unsent':
        return t('fleet.is.unsent', {
          cases: said?.unsent_commands ?? 0,
          pages: said?.unsent_pages ?? 0,
          span: ago(said?.waits_since),
        })
      case 'disk':
        return t('fleet.is.disk', {
          free: size(said?.disk_free_bytes ?? 0),
          total: size(said?.disk_bytes ?? 0),
        })
      case 'held':
        return t('fleet.is.held', { held: said?.held ?? 0 })
      case 'clock':
        return clock(said?.clock_off_s ?? 0)
      case 'backup':
        return said?.backup_at
          ? t('fleet.is.backup', { span: ago(said.backup_at) })
          : t('fleet.no_backup')
      case 'version':
        return t('fleet.is.version', { version: said?.version ?? '' })
      case 'audit':
      case 'store':
      case 'catalogue':
        return t(`fleet.is.${kind}`)
    }
  }

  return { tone, title, is, remedy, ago, clock, codes }
}
