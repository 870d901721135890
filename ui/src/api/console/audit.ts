import type { AuditDay } from '../generated/console/AuditDay'
import type { AuditRecord } from '../generated/console/AuditRecord'
import type { AuditVerdict } from '../generated/console/AuditVerdict'
import type { ExportWord } from '../generated/console/ExportWord'
import { send, sendForFile } from './send'

export type { AuditDay, AuditRecord, AuditVerdict }

/** Who of the area did what on a day (`YYYY-MM-DD`); `kind` is the beginning of a kind. */
export const getAudit = (day: string, kind: string) =>
  send<AuditDay>('GET', `/api/audit?day=${day}&kind=${encodeURIComponent(kind)}`)

/** Looks through the whole chain. */
export const verifyAudit = () => send<AuditVerdict>('POST', '/api/audit/verify')

/** The whole chain as a file; the caller revokes its address. */
export const exportAudit = (word: ExportWord) => sendForFile('/api/audit/export', word)
