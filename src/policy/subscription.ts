import type { HostEvent } from '../domain/event.ts'
import type { Installation, Integration } from '../domain/integration.ts'
import { hears, namesOf, type Topic } from '../domain/topic.ts'

/** An installation that may want an event, with its integration. */
export interface Candidate {
  readonly integration: Integration
  readonly installation: Installation
}

/** A candidate that hears an event, and the name it hears it under. */
export interface Subscriber extends Candidate {
  readonly topic: Topic
}

/**
 * Who hears an event: installations of its organisation that list it, by its own name or, failing that, by its old one,
 * whose project filter lets it through, and whose own errors it is not. One entry per installation, in the order of the candidates.
 */
export function subscribers(event: HostEvent, candidates: readonly Candidate[]): readonly Subscriber[] {
  const names = namesOf(event.topic)
  const heard: Subscriber[] = []
  for (const { integration, installation } of candidates) {
    if (installation.organization !== event.organization || installation.status !== 'installed') continue
    if (!wantsProject(installation, event.project) || isOwn(integration, event.project)) continue
    const topic = names.find((name) => wantsTopic(integration, installation, name))
    if (topic !== undefined) heard.push({ integration, installation, topic })
  }
  return heard
}

/** An installation can only narrow what its integration hears. */
function wantsTopic(integration: Integration, installation: Installation, name: Topic): boolean {
  return hears(integration.topics, name) && (installation.topics === undefined || hears(installation.topics, name))
}

/** With a filter set, an event that belongs to no project is not heard. */
function wantsProject({ projects }: Installation, project: string | undefined): boolean {
  return projects === undefined || (project !== undefined && projects.includes(project))
}

/** An error in a receiver's own project would call that receiver, which would fail again. */
function isOwn({ ownProjects }: Integration, project: string | undefined): boolean {
  return project !== undefined && ownProjects?.includes(project) === true
}
