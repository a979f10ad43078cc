import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, type ServerSentEvent } from './event-stream.ts';

function stream(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function eventsOf(chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(stream(chunks))) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('events of a streamed answer', () => {
  it('are read with their names; comments and unknown fields are passed over', async () => {
    expect(await eventsOf([bytes('event: change\ndata: {"a":1}\n\n: still here\n\nid: 4\ndata: x\ndata: y\r\n\r\n')])).toEqual([
      { event: 'change', data: '{"a":1}' },
      { event: 'message', data: 'x\ny' },
    ]);
  });

  it('are not told before they are complete', async () => {
    expect(await eventsOf([bytes('event: change\ndata: {"a":')])).toEqual([]);
  });

  it('are the same wherever the network cuts the bytes, letters of several bytes included', async () => {
    const whole = bytes('event: change\ndata: {"name":"Été — 夏"}\n\ndata: 2\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...[...new Set(cuts)].sort((a, b) => a - b), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.slice(places[index], end));
        expect(await eventsOf(chunks)).toEqual([
          { event: 'change', data: '{"name":"Été — 夏"}' },
          { event: 'message', data: '2' },
        ]);
      }),
    );
  });
});
