import { describe, expect, it } from '@jest/globals';
import { podLogQuestions } from './collect-logs.ts';

describe('podLogQuestions', () => {
  it('asks for every container, and for the life before a restart', () => {
    const questions = podLogQuestions({
      items: [
        {
          metadata: { namespace: 'a', name: 'pod' },
          spec: { initContainers: [{ name: 'first' }], containers: [{ name: 'main' }] },
          status: { containerStatuses: [{ name: 'main', restartCount: 2 }] },
        },
      ],
    });
    expect(questions.map(({ file }) => file)).toEqual([
      'a.pod.first.log',
      'a.pod.main.log',
      'a.pod.main.previous.log',
    ]);
  });
});
