import { type ElectionFact } from '../election/index.ts';
import { type Families } from './families.ts';

/** Facts of an election; `name` is the Lease's. */
export interface ElectionMetrics {
  leader(name: string, isLeader: boolean): void;
  /** `onChange` of an elector. */
  election(name: string): (fact: ElectionFact) => void;
}

export function electionMetrics(families: Families): ElectionMetrics {
  const labels = ['name'] as const;
  const leading = families.gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labels,
  });
  const slow = families.counter({
    name: 'leader_election_slowpath_total',
    help: 'Renewals that had to read the Lease first.',
    labels,
  });
  const epoch = families.gauge({
    name: 'leader_election_epoch',
    help: 'Number of the last term that this process held.',
    labels,
  });
  return {
    leader: (name, isLeader) => leading.labels(name).set(isLeader ? 1 : 0),
    election(name) {
      leading.labels(name);
      slow.labels(name);
      return (fact) => {
        switch (fact.kind) {
          case 'leading':
            epoch.labels(name).set(fact.epoch);
            return leading.labels(name).set(1);
          case 'not-leading':
            return leading.labels(name).set(0);
          case 'slow-path':
            return slow.labels(name).inc();
        }
      };
    },
  };
}
