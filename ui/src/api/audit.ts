import type { AuditDay } from './generated/AuditDay'
import type { AuditFile } from './generated/AuditFile'
import type { AuditVerdict } from './generated/AuditVerdict'
import type { WhatFor } from './generated/WhatFor'
import { call } from './transport'

export type { AuditDay, AuditFile, AuditVerdict }

/** One's own acts of a day, `YYYY-MM-DD`. */
export const getAudit = (day: string) => call<AuditDay>('get_audit', { day })

export const verifyAudit = () => call<AuditVerdict>('verify_audit')

export const exportAudit = (whatFor: WhatFor) => call<AuditFile>('export_audit', { whatFor })

/** The number in full; who read it and why is kept. */
export const showNumber = (
  reading: string | null,
  person: string | null,
  reason: string,
  words: string,
) => call<string>('show_number', { reading, person, reason, words })
