import { h, useEffect, useRef, useState } from './view.ts'
import { act, Refused } from './api.ts'
import { faultOf } from './live.ts'
import { Fault } from './parts.tsx'
import type { Session } from './wire.ts'

/** What is asked for beside the reason. */
export interface AskedField {
  readonly name: string
  readonly label: string
  readonly kind: 'text' | 'json' | 'choice' | 'check'
  readonly first?: string | undefined
  /** Of a choice: values, and how they are called. */
  readonly options?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly action: keyof Session['may']
  readonly slug: string
  readonly title: string
  readonly text: string
  readonly body?: object
  readonly fields?: readonly AskedField[]
  /** Before it is asked for, and when it is refused. */
  readonly onStart?: () => void
  readonly onFault?: () => void
  readonly onDone: (answer: unknown) => void
}

/** Asks first, takes a reason, and says what the server answered. */
export function Ask({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { action, slug, title, fields = [] } = asked
  const dialog = useRef<HTMLDialogElement | null>(null)
  const [reason, setReason] = useState('')
  const [values, setValues] = useState<Values>(
    Object.fromEntries(fields.map(({ name, first, options = {} }) => [name, first ?? Object.keys(options)[0] ?? ''])),
  )
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<Refused>()
  useEffect(() => dialog.current?.showModal(), [])
  const submit = async () => {
    const given = fields.map(({ name, kind }) => [name, valueOf(kind, values[name] ?? '')] as const)
    setBusy(true)
    asked.onStart?.()
    asked.onDone(await act({ action, slug, reason, ...asked.body, ...Object.fromEntries(given) }))
    onClose()
  }
  const onSubmit = (event: Event) => {
    event.preventDefault()
    submit().catch((error: unknown) => {
      asked.onFault?.()
      setFault(faultOf(error))
      setBusy(false)
    })
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="ask-title">
      <form onSubmit={onSubmit}>
        <h2 id="ask-title">{title}</h2>
        <p>{asked.text}</p>
        {fields.map((field) => (
          <FieldOf
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            onValue={(value) => setValues((old) => ({ ...old, [field.name]: value }))}
          />
        ))}
        <label>
          Reason, for the audit
          <input value={reason} maxLength={200} required onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <Fault fault={fault} />
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy || reason.trim() === ''}>
            {isBusy ? 'Working' : title}
          </button>
        </footer>
      </form>
    </dialog>
  )
}

type Values = Readonly<Record<string, string>>

/** What was not filled in is left out. */
function valueOf(kind: AskedField['kind'], text: string): unknown {
  if (kind === 'check') return text === 'true' || undefined
  if (kind !== 'json') return text.trim() || undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused({ code: 'NOT_JSON', fact: 'the data is not JSON', nextStep: 'correct it' })
  }
}

function FieldOf(props: { field: AskedField; value: string; onValue: (value: string) => void }) {
  const { field, value, onValue } = props
  const given = {
    value,
    onInput: (event: { readonly currentTarget: { value: string } }) => onValue(event.currentTarget.value),
  }
  if (field.kind === 'check')
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={value === 'true'}
          onChange={(event) => onValue(String(event.currentTarget.checked))}
        />
        {field.label}
      </label>
    )
  return (
    <label>
      {field.label}
      {field.kind === 'choice' ? (
        <select {...given}>
          {Object.entries(field.options ?? {}).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      ) : field.kind === 'json' ? (
        <textarea rows={5} {...given} />
      ) : (
        <input required {...given} />
      )}
    </label>
  )
}
