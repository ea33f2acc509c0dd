import { paid, refusalOf } from '../../../../../hosts/hookward.ts'
import { engine } from '../../../../engine.ts'

export const runtime = 'nodejs'

export async function POST(_request: Request, { params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { id } = await params
  try {
    return Response.json(await paid(await engine(), id), { status: 202 })
  } catch (error) {
    const { status, code } = refusalOf(error)
    return Response.json({ code }, { status })
  }
}
