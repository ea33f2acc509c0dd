import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Channel, NoticeMessage } from '../../src/index.ts'

/** A channel, and what stands at the other end of it. */
export interface ChannelStage {
  readonly channel: Channel
  /** An address that the channel can reach. */
  readonly address: string
  /** What has arrived, in order. */
  arrived(): readonly { readonly id: string; readonly to: string; readonly text: string }[]
  /** From now on the other end refuses: for good, or until it is asked again. */
  refuse(how: 'for good' | 'for now'): void
  accept(): void
  /** The other end is gone. */
  end(): Promise<void>
}

/** A message such as the engine gives. */
export function aMessage(parts: Partial<NoticeMessage> = {}): NoticeMessage {
  const evidence = { rule: 'failing-days', summary: 'each day had errors', facts: {} }
  const at = Date.UTC(2024, 5, 1, 12)
  return {
    id: 'letter-1@hookward.test',
    to: 'ops@acme.test',
    integration: { id: 'bot', name: 'Bot', organization: 'acme', status: 'internal', url: 'https://acme.test/hook' },
    notice: {
      ...{ id: 'ntc_1', integrationId: 'bot', incidentId: 'inc_1', kind: 'disabled', step: 'disabled', at },
      status: 'expanded',
      explanation: {
        ...{ integration: 'bot', state: 'disabled', chartState: 'disabled', since: at, evidence, incident: null },
        ...{ policy: { name: 'sentry', version: 1 }, wouldChange: 'enabling it', whyNot: [], held: {}, dead: {} },
        sentence: 'bot is disabled.',
      },
    },
    ...{ subject: 'Action required', text: 'bot is disabled.\n', html: '<p>bot is disabled.</p>\n' },
    ...parts,
  }
}

/** What every channel keeps to. */
export function channelContract(name: string, open: () => Promise<ChannelStage>): void {
  describe(`${name} as a channel`, () => {
    let stage: ChannelStage
    const send = (parts: Partial<NoticeMessage> = {}) => stage.channel.send(aMessage({ to: stage.address, ...parts }))
    beforeEach(async () => (stage = await open()))
    afterEach(async () => {
      await stage.channel.close?.()
      await stage.end()
    })

    it('brings a message to whom it is for, under its id and with its text', async () => {
      expect(await send()).toEqual({ kind: 'sent' })
      const text = expect.stringContaining('bot is disabled.') as string
      expect(stage.arrived()).toEqual([{ id: 'letter-1@hookward.test', to: stage.address, text }])
    })

    it('sends one that comes again under the same id', async () => {
      await send()
      await send()
      expect(new Set(stage.arrived().map(({ id }) => id))).toEqual(new Set(['letter-1@hookward.test']))
    })

    it.each([
      ['for good', true],
      ['for now', false],
    ] as const)('says of what is refused %s whether trying again can help', async (how, permanent) => {
      stage.refuse(how)
      expect(await send()).toEqual({ kind: 'failed', permanent, error: expect.stringMatching(/./) as string })
      expect(stage.arrived()).toEqual([])
    })

    it('sends the next one after a refusal', async () => {
      stage.refuse('for good')
      await send()
      stage.accept()
      expect(await send()).toEqual({ kind: 'sent' })
    })

    it('resolves also when nobody is there: it may help to try again', async () => {
      await stage.end()
      expect(await send()).toMatchObject({ kind: 'failed', permanent: false })
    })

    it('sends many at once, each of them once', async () => {
      const ids = Array.from({ length: 20 }, (_, n) => `letter-${n}@hookward.test`)
      const outcomes = await Promise.all(ids.map((id) => send({ id })))
      expect(outcomes).toEqual(ids.map(() => ({ kind: 'sent' })))
      expect(
        stage
          .arrived()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(ids.toSorted())
    })

    it('carries any writing', async () => {
      const text = 'Größe 東京 🚀 “quoted”\n'
      await send({ text })
      expect(stage.arrived()[0]?.text).toContain(text.trim())
    })
  })
}
