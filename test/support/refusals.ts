import assert from 'node:assert/strict';

/** A mistake and the whole sentence that it is refused with, the kind of error in front. */
export type Refusal = readonly [sentence: string, mistake: () => unknown];

/** One test a mistake. */
export function refuses(mistakes: readonly Refusal[]): void {
  for (const [sentence, mistake] of mistakes) {
    it(`refuses: ${sentence}`, async () => {
      const caught: unknown = await Promise.resolve()
        .then(mistake)
        .then(
          () => 'no error',
          (error: unknown) => error,
        );
      assert.equal(String(caught), sentence);
    });
  }
}
