import type { Business } from '@/api/generated/Business'
import type { Field } from '@/api/generated/Field'
import type { Section } from '@/api/generated/Section'
import type { When } from '@/api/generated/When'

export type Answers = Record<string, string>

/** Whether a field or material is drawn; `domain::form::applies` decides the same in Rust. */
export function applies(when: When | null, answers: Answers): boolean {
  return when === null || when === undefined || when.is.includes(answers[when.field] ?? '')
}

/** The sections that have something to ask now, with those fields only. */
export function shownSections(business: Business, answers: Answers): Section[] {
  return business.section
    .map((section) => ({
      ...section,
      field: section.field.filter((field) => applies(field.when, answers)),
    }))
    .filter((section) => section.field.length > 0)
}

/** All fields of a business by id. */
export function fieldsOf(business: Business): Map<string, Field> {
  const fields = business.section.flatMap((section) => section.field)
  return new Map(fields.map((field) => [field.id, field]))
}
