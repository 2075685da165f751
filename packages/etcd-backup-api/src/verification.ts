import * as z from 'zod';

/** Each level holds all before it. */
export const verificationLevel = () => z.enum(['Stream', 'Stored', 'HashKV', 'Drill']);

export const verifySchema = z.object({
  level: verificationLevel()
    .default('HashKV')
    .describe(
      'Stream: what was sent is whole (digest, pages). Stored: the store holds just that. HashKV: its keys hash to what the members say. Drill: a throwaway etcd starts from it.',
    ),
  drill: z
    .object({
      image: z
        .string()
        .min(1)
        .max(512)
        .optional()
        .describe('Image of etcd; that of the saved version without it.'),
      timeoutSeconds: z.int().min(30).max(86400).default(1800).describe('Longest time for the drill.'),
    })
    .optional()
    .describe('The throwaway etcd of level Drill.'),
});

export const verificationStatusSchema = z.object({
  level: verificationLevel().describe('What was checked.'),
  result: z.enum(['Passed', 'Failed', 'Skipped']).describe('What came out.'),
  at: z.string().max(40).meta({ format: 'date-time' }).describe('When it ended.'),
  reason: z.string().max(1024).optional().describe('Why it failed or was skipped.'),
  durationSeconds: z.int().min(0).max(2147483647).optional().describe('How long it took.'),
  restoredRevision: z
    .int()
    .min(0)
    .max(9007199254740990)
    .optional()
    .describe('Revision that a drill came up with.'),
  restoredHashKV: z
    .int()
    .min(0)
    .max(4294967295)
    .optional()
    .describe('HashKV of a drill at the saved revision.'),
  rtoSeconds: z.int().min(0).max(2147483647).optional().describe('From nothing to a quorum, in a drill.'),
});
