import { useI18n } from 'vue-i18n'

import type { StationPage } from '@/api/console/fleet'
import { size } from '@/counter/storage/size'
import { dayAndTime } from '@/times'

import { useTroubles } from './useTroubles'

/** A line of a station's page: what, and how it is. */
export interface Fact {
  name: string
  words: string
}

const HOUR_MS = 3_600_000

/** Everything that is known of a station, in three groups of plain lines. */
export function useFacts() {
  const { t } = useI18n()
  const { ago, clock, codes } = useTroubles()

  const fact = (name: string, words: string | null | undefined): Fact => ({
    name: t(`fleet.fact.${name}`),
    words: words || t('fleet.not_said'),
  })
  const when = (iso: string | null | undefined): string =>
    iso ? t('fleet.when', { at: dayAndTime(iso), span: ago(iso) }) : ''
  const until = (iso: string | null | undefined): string =>
    iso ? t('fleet.until', { at: dayAndTime(iso) }) : ''

  const sending = ({ line, feed_head }: StationPage): Fact[] => {
    const said = line.said
    const waits = (said?.unsent_commands ?? 0) + (said?.unsent_pages ?? 0)
    const behind = said ? Math.max(0, feed_head - said.feed_seq) : 0
    return [
      fact('seen', line.seen_at ? when(line.seen_at) : t('fleet.never')),
      ...(line.ferry_at ? [fact('ferry', t('fleet.ferry_of', { at: when(line.ferry_at) }))] : []),
      fact(
        'unsent',
        said &&
          (waits === 0
            ? t('fleet.nothing')
            : t('fleet.unsent_of', { cases: said.unsent_commands, pages: said.unsent_pages })),
      ),
      ...(said?.waits_since ? [fact('waits', when(said.waits_since))] : []),
      fact('log', said && t('fleet.log_of', { acked: line.acked, last: said.log_last })),
      fact(
        'feed',
        said &&
          (behind === 0
            ? t('fleet.feed_whole', { seq: said.feed_seq })
            : t('fleet.feed_of', { seq: said.feed_seq, head: feed_head, behind })),
      ),
      fact(
        'held',
        said && (said.held || said.refused ? t('fleet.held_of', said) : t('fleet.nothing')),
      ),
    ]
  }

  const machine = ({ line: { said } }: StationPage): Fact[] => {
    const off = said?.clock_off_s ?? null
    return [
      fact('version', said && t('fleet.version_of', said)),
      fact(
        'catalogue',
        said && said.has_catalogue !== null
          ? t(said.has_catalogue ? 'fleet.catalogue_same' : 'fleet.catalogue_other')
          : null,
      ),
      fact('clock', off === null ? null : Math.abs(off) < 2 ? t('fleet.exact') : clock(off)),
      fact(
        'disk',
        said?.disk_bytes
          ? t('fleet.is.disk', {
              free: size(said.disk_free_bytes ?? 0),
              total: size(said.disk_bytes),
            })
          : null,
      ),
      fact('database', said?.database_bytes ? size(said.database_bytes) : null),
      fact('backup', said?.backup_at ? when(said.backup_at) : said && t('fleet.no_backup')),
      fact(
        'devices',
        said &&
          (said.devices.length
            ? codes(said.devices.map((device) => device.code))
            : t('fleet.all_work')),
      ),
      fact('notices', said && (said.notices.length ? codes(said.notices) : t('fleet.nothing'))),
      fact('boots', said && String(said.boots)),
    ]
  }

  const trust = ({ line, anchored, full_hours, capture_hours }: StationPage): Fact[] => {
    const contact = line.seen_at ? new Date(line.seen_at).getTime() : null
    const ends = (hours: number) =>
      contact === null ? null : until(new Date(contact + hours * HOUR_MS).toISOString())
    return [
      fact('enrolled', when(line.enrolled_at)),
      fact('certificate', until(line.certificate_until)),
      fact('lease', line.said?.lease_serial ? t('fleet.lease_of', line.said) : null),
      fact('full', ends(full_hours)),
      fact('capture', ends(capture_hours)),
      fact(
        'audit',
        anchored
          ? t('fleet.anchored', { n: anchored.n, at: dayAndTime(anchored.at) })
          : line.said && t('fleet.audit_of', line.said),
      ),
    ]
  }

  return { sending, machine, trust }
}
