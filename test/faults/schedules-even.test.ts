import { schedulesHold } from './schedules.battery.ts';

schedulesHold('even', 2);
