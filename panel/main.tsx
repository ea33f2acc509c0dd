import { Fragment, h, render, useEffect, useState } from './view.ts'
import { session, type Refused } from './api.ts'
import { DeliveryPage } from './delivery.tsx'
import { setNow } from './format.ts'
import { IntegrationPage } from './integration.tsx'
import { ListPage } from './list.tsx'
import { faultOf, useEvery, useLink } from './live.ts'
import { OperatorPage } from './operator.tsx'
import { Fault, moved, Page } from './parts.tsx'
import type { Session } from './wire.ts'

const links = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' } as const

function App() {
  const [route, setRoute] = useState(location.hash)
  const [given, setGiven] = useState<Session>()
  const [fault, setFault] = useState<Refused>()
  const [, setTick] = useState(0)
  const link = useLink()
  useEffect(() => {
    const onRoute = () => {
      moved.isTrue = true
      setRoute(location.hash)
      scrollTo(0, 0)
    }
    addEventListener('hashchange', onRoute)
    return () => removeEventListener('hashchange', onRoute)
  }, [])
  const ask = () =>
    void session().then(
      (answer) => {
        setNow(answer.at)
        setGiven(answer)
        setFault(undefined)
      },
      (error: unknown) => setFault(faultOf(error)),
    )
  useEffect(ask, [])
  // Distances in time grow by themselves.
  useEvery(5_000, () => {
    setTick((n) => n + 1)
    if (given === undefined) ask()
  })
  const [place = ''] = route.split('?')
  const [, page = '', slug = '', , id] = place.split('/')
  const at = (name: string) => (page === name ? 'page' : undefined)
  return (
    <>
      <a
        class="skip"
        href="#app"
        onClick={(event) => (event.preventDefault(), document.querySelector('main')?.focus())}
      >
        Skip to the page
      </a>
      <header class="top">
        <a class="brand" href="#/">
          hookward
        </a>
        <nav aria-label="Pages">
          <a href="#/" aria-current={at('')}>
            Integrations
          </a>
          <a href="#/operator" aria-current={at('operator')}>
            Operator
          </a>
        </nav>
        <span class={`link ${link}`} role="status">
          {links[link]}
        </span>
      </header>
      {fault ? (
        <Page title={fault.code}>
          <Fault fault={fault} />
        </Page>
      ) : (
        pageOf(page, slug, id, given?.may, route)
      )}
    </>
  )
}

function pageOf(page: string, slug: string, id: string | undefined, may: Session['may'] | undefined, route: string) {
  if (page === 'operator') return <OperatorPage />
  if (page === 'i' && id !== undefined) return <DeliveryPage key={id} slug={slug} id={id} />
  if (page === 'i') return <IntegrationPage key={slug} slug={slug} may={may} />
  return <ListPage key={route} />
}

const place = document.getElementById('app')
if (place) render(<App />, place)
