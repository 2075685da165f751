import { type Durability } from '../../src/election/quorum.ts';
import { createWorld, type Sabotage } from './world.ts';

export interface Outcome {
  readonly violations: readonly string[];
  readonly counts: { acked: number; promotions: number; failovers: number; resumes: number; rules: number };
  /** After all faults were healed: what still was not right. */
  readonly stuck: string | undefined;
}

/** Two virtual minutes of faults, then peace until the cluster must be whole again. */
export function simulate(input: {
  seed: number;
  replicas: number;
  durability: Durability;
  sabotage?: readonly Sabotage[];
  faultMs?: number;
  trace?: (line: string) => void;
  /** Replica counts that the user asks for, one after another. */
  scale?: readonly number[];
}): Outcome {
  const world = createWorld(input);
  const faultMs = input.faultMs ?? 120_000;
  (input.scale ?? []).forEach((replicas, index, all) => {
    world.schedule.at((faultMs * (index + 1)) / (all.length + 1), () => {
      world.replicas = replicas;
    });
  });
  world.schedule.runUntil(faultMs);
  world.faults = false;
  let stuck: string | undefined;
  // Patience of a candidacy that others took over many times is a minute.
  for (let waited = 0; waited < 240_000; waited += 5_000) {
    world.schedule.runUntil(world.schedule.now() + 5_000);
    stuck = whole();
    if (stuck === undefined) break;
  }
  return { violations: world.violations, counts: world.counts, stuck };

  function whole(): string | undefined {
    const { lease, members } = world;
    const holder = members.get(lease.holder ?? '');
    if (!holder || holder.server !== 'primary') return `no primary: ${describe()}`;
    const acked = world.counts.acked;
    world.schedule.runUntil(world.schedule.now() + 3_000);
    if (world.counts.acked === acked) return `nothing acknowledged: ${describe()}`;
    for (const member of members.values()) {
      if (member.name !== lease.holder && member.following !== lease.holder)
        return `${member.name} does not follow: ${describe()}`;
    }
    return undefined;
  }

  function describe(): string {
    const states = [...world.members.values()].map(
      (member) =>
        `${member.name}:${member.server}>${member.following ?? '-'}@${member.timeline}/${member.log.length}`,
    );
    return `${JSON.stringify(world.lease)} ${states.join(' ')}`;
  }
}
