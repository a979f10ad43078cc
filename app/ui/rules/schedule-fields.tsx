import { BlockStack, ChoiceList, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useEffect, useState } from 'react';
import { WEEKDAYS } from '../../domain/schedules/recurrence.ts';
import { ScheduleRuns } from './schedule-runs.tsx';
import { draftRuns, fieldTime, readCount, readDays, recurrenceOf, scheduleTime, whenOf, withFrequency, withRecurrence, withWhen, type ScheduleDraft, type When } from './schedule-draft.ts';
import { WEEKDAY_LABELS } from './schedule-words.ts';

export interface ScheduleFieldsProps {
  readonly schedule: ScheduleDraft;
  readonly onChange: (schedule: ScheduleDraft) => void;
  /** What is wrong at a pointer inside the schedule, where it may be shown. */
  readonly error: (pointer: string) => string | undefined;
  /** The shop's. */
  readonly timeZone: string;
  readonly disabled?: boolean;
  /** Leaves out running when applied: there must be a time. */
  readonly required?: boolean;
}

/** When a price change runs: its start, its end, the zone that both are in, how it comes again, and what the calendar makes of that. */
export function ScheduleFields({ schedule, onChange, error, timeZone, disabled = false, required = false }: ScheduleFieldsProps) {
  // The clock of the person's machine is only known in the browser.
  const [now, setNow] = useState<Date | null>(null);
  useEffect(() => setNow(new Date()), []);
  const when = whenOf(schedule);
  const today = now ? new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10) : '2027-01-01';
  const zone = typeof schedule?.timeZone === 'string' ? schedule.timeZone : '';
  const set = (key: string, value: unknown) => schedule && onChange({ ...schedule, [key]: value });
  const time = (key: 'startAt' | 'endAt', label: string, helpText?: string) => (
    <TextField
      type="datetime-local"
      label={label}
      value={fieldTime(schedule?.[key])}
      onChange={(value) => set(key, scheduleTime(value))}
      helpText={helpText}
      disabled={disabled}
      error={error(`/${key}`)}
      autoComplete="off"
    />
  );
  return (
    <BlockStack gap="400">
      <Select
        label="When it runs"
        options={[...(required ? [] : [{ value: 'applied', label: 'When someone applies it' }]), { value: 'start', label: 'From a time on' }, { value: 'window', label: 'From a time until another (a campaign)' }]}
        value={when}
        onChange={(value) => onChange(withWhen(schedule, value as When, timeZone, today))}
        helpText={when === 'window' ? 'At its end the prices without it come back by themselves.' : undefined}
        disabled={disabled}
      />
      {schedule ? (
        <>
          <FormLayout>
            <FormLayout.Group>
              {time('startAt', 'Starts')}
              {when === 'window' ? time('endAt', 'Ends') : null}
            </FormLayout.Group>
            <TextField
              label="Time zone of these times"
              value={zone}
              onChange={(value) => set('timeZone', value.trim())}
              helpText={zone === timeZone ? 'Your shop’s time zone.' : `Your shop’s time zone is ${timeZone}.`}
              disabled={disabled}
              error={error('/timeZone')}
              autoComplete="off"
            />
          </FormLayout>
          <RecurrenceFields schedule={schedule} onChange={onChange} error={error} disabled={disabled} />
          {now ? <ScheduleRuns runs={draftRuns(schedule, now)} timeZone={timeZone} zone={zone} /> : null}
        </>
      ) : null}
    </BlockStack>
  );
}

const UNITS = { daily: 'days', weekly: 'weeks', monthly: 'months' } as const;

function RecurrenceFields({ schedule, onChange, error, disabled }: { schedule: NonNullable<ScheduleDraft>; onChange: ScheduleFieldsProps['onChange']; error: ScheduleFieldsProps['error']; disabled: boolean }) {
  const recurrence = recurrenceOf(schedule);
  const frequency = typeof recurrence?.frequency === 'string' ? recurrence.frequency : 'once';
  const [ends, setEnds] = useState(recurrence?.until ? 'until' : recurrence?.count ? 'count' : 'never');
  const [days, setDays] = useState(Array.isArray(recurrence?.monthDays) ? recurrence.monthDays.join(', ') : '');
  const set = (key: string, value: unknown) => onChange(withRecurrence(schedule, key, value));
  const text = (key: string) => (typeof recurrence?.[key] === 'number' || typeof recurrence?.[key] === 'string' ? String(recurrence[key]) : '');
  const chooseEnd = (value: string) => {
    setEnds(value);
    const without = withRecurrence(withRecurrence(schedule, 'until', undefined)!, 'count', undefined)!;
    onChange(value === 'until' ? withRecurrence(without, 'until', '') : value === 'count' ? withRecurrence(without, 'count', 10) : without);
  };
  return (
    <FormLayout>
      <FormLayout.Group condensed>
        <Select
          label="Comes again"
          options={[{ value: 'once', label: 'No, once' }, { value: 'daily', label: 'Daily' }, { value: 'weekly', label: 'Weekly' }, { value: 'monthly', label: 'Monthly' }]}
          value={frequency}
          onChange={(value) => onChange(withFrequency(schedule, value))}
          disabled={disabled}
          error={error('/recurrence') ?? error('/recurrence/frequency')}
        />
        {recurrence ? (
          <TextField
            label="Every"
            value={text('interval') || '1'}
            onChange={(value) => set('interval', readCount(value))}
            suffix={UNITS[frequency as keyof typeof UNITS]}
            inputMode="numeric"
            disabled={disabled}
            error={error('/recurrence/interval')}
            autoComplete="off"
          />
        ) : null}
      </FormLayout.Group>
      {recurrence && frequency === 'weekly' ? (
        <BlockStack gap="100">
          <ChoiceList
            allowMultiple
            title="On"
            choices={WEEKDAYS.map((day) => ({ value: day, label: WEEKDAY_LABELS[day] }))}
            selected={Array.isArray(recurrence.weekdays) ? recurrence.weekdays.map(String) : []}
            onChange={(chosen) => set('weekdays', chosen.length ? WEEKDAYS.filter((day) => chosen.includes(day)) : undefined)}
            disabled={disabled}
            error={error('/recurrence/weekdays')}
          />
          <Text as="p" tone="subdued" variant="bodySm">
            None chosen: the weekday of the start.
          </Text>
        </BlockStack>
      ) : null}
      {recurrence && frequency === 'monthly' ? (
        <TextField
          label="On days of the month"
          value={days}
          onChange={(value) => {
            setDays(value);
            set('monthDays', readDays(value));
          }}
          placeholder="1, 15, -1"
          helpText="−1 is the last day. Months without such a day are passed over. None: the day of the start."
          disabled={disabled}
          error={error('/recurrence/monthDays') ?? error('/recurrence/monthDays/0') ?? error('/recurrence/monthDays/1')}
          autoComplete="off"
        />
      ) : null}
      {recurrence ? (
        <InlineStack gap="400" wrap>
          <Select
            label="Stops"
            options={[{ value: 'never', label: 'Never' }, { value: 'until', label: 'After a time' }, { value: 'count', label: 'After so many times' }]}
            value={ends}
            onChange={chooseEnd}
            disabled={disabled}
          />
          {ends === 'until' ? <TextField type="datetime-local" label="Last start" value={fieldTime(recurrence.until)} onChange={(value) => set('until', scheduleTime(value))} disabled={disabled} error={error('/recurrence/until')} autoComplete="off" /> : null}
          {ends === 'count' ? <TextField label="Times" value={text('count')} onChange={(value) => set('count', readCount(value) ?? '')} inputMode="numeric" disabled={disabled} error={error('/recurrence/count')} autoComplete="off" /> : null}
        </InlineStack>
      ) : null}
    </FormLayout>
  );
}
