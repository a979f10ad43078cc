import { BlockStack, Text } from '@shopify/polaris';
import type { BusState } from '@calibr/types';
import { formatCount } from '../format/count.ts';
import { formatDuration } from '../format/time.ts';
import { Inset } from '../parts/inset.tsx';
import { StatTile, StatTiles } from '../parts/stat-tile.tsx';

const waited = (milliseconds: number): string => (milliseconds < 1_000 ? 'none' : milliseconds < 60_000 ? `${Math.round(milliseconds / 1_000)} s` : formatDuration(milliseconds / 1_000));

/** The event bus at a glance: what waits, what fails, and the queue behind it. */
export function BusCard({ bus }: { bus: BusState }) {
  return (
    <BlockStack gap="200">
      <Inset>
        <Text as="h2" variant="headingMd">
          Event bus
        </Text>
      </Inset>
      <StatTiles>
        <StatTile label="Messages waiting" value={formatCount(bus.pending)} detail="Not told yet" />
        <StatTile label="Longest wait" value={waited(bus.lagMs)} detail={bus.pending > 0 ? `Oldest written ${bus.ageMs < 1_000 ? 'just now' : `${waited(bus.ageMs)} ago`}` : 'Nothing is due'} />
        <StatTile label="Being retried" value={formatCount(bus.retrying)} detail="Failed before" />
        <StatTile label="Dead letters" value={formatCount(bus.dead)} detail={bus.dead > 0 ? 'Decide below' : 'None'} />
        <StatTile
          label="Jobs of the service"
          value={bus.queue ? formatCount(bus.queue.waiting + bus.queue.active) : '–'}
          detail={bus.queue ? `${formatCount(bus.queue.active)} active, ${formatCount(bus.queue.failed)} given up` : 'The queue cannot be reached'}
        />
      </StatTiles>
    </BlockStack>
  );
}
