import { schedulesHold } from './schedules.battery.ts';

schedulesHold('odd', 1);
