import type { Business } from '@/api/generated/Business'
import type { Field } from '@/api/generated/Field'
import type { Material } from '@/api/generated/Material'
import type { Page } from '@/api/generated/Page'
import type { Section } from '@/api/generated/Section'
import { type Answers, applies } from '@/form/applies'

/** A section with the fields that this case was asked. */
export interface Asked {
  section: Section
  fields: Field[]
}

/** A material of this case with the ordinals of its pages. */
export interface Papers {
  material: Material
  ordinals: number[]
}

/** The form's own sections, without what did not apply. A stray answer is shown all the same. */
export function askedOf(business: Business, answers: Answers): Asked[] {
  const shown = (field: Field) => Boolean(answers[field.id]) || applies(field.when, answers)
  return business.section
    .map((section) => ({ section, fields: section.field.filter(shown) }))
    .filter((asked) => asked.fields.length > 0)
}

/** The materials that were called for or handed in. */
export function papersOf(business: Business, answers: Answers, pages: Page[]): Papers[] {
  return business.material
    .map((material) => ({ material, ordinals: ordinalsOf(material.id, pages) }))
    .filter((papers) => papers.ordinals.length > 0 || applies(papers.material.when, answers))
}

/** What can be named in a return, from top to bottom as it stands on the page. */
export function pickable(asked: Asked[], papers: Papers[]): string[] {
  const fields = asked.flatMap((part) => part.fields.map((field) => field.id))
  return [...fields, ...papers.map((part) => part.material.id)]
}

const ordinalsOf = (material: string, pages: Page[]) =>
  pages.flatMap((page, ordinal) => (page.material === material ? [ordinal] : []))
