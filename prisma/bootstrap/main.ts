// Once for a new server, and again whenever this folder changes: makes the roles, the database and the queue's tables.
//
//   SUPERUSER_DATABASE_URL=postgresql://postgres:…@host/postgres  CAL_OWNER_PASSWORD=… CAL_APP_PASSWORD=…
//   CAL_DISPATCHER_PASSWORD=… CAL_COPILOT_PASSWORD=…  node prisma/bootstrap/main.ts [database]
//
// Afterwards, and at every release:  DATABASE_URL=postgresql://cal_owner:…@host/calibrate  npx prisma migrate deploy
import { installQueue } from './queue.ts';
import { bootstrapRoles } from './roles.ts';

const missing: string[] = [];
function need(name: string): string {
  const value = process.env[name];
  if (!value) missing.push(name);
  return value ?? '';
}

const superuserUrl = need('SUPERUSER_DATABASE_URL');
const passwords = {
  cal_owner: need('CAL_OWNER_PASSWORD'),
  cal_app: need('CAL_APP_PASSWORD'),
  cal_dispatcher: need('CAL_DISPATCHER_PASSWORD'),
  cal_copilot: need('CAL_COPILOT_PASSWORD'),
};
const database = process.argv[2] ?? 'calibrate';

if (missing.length > 0) {
  process.stderr.write(`Not set: ${missing.join(', ')}\n`);
  process.exitCode = 1;
} else {
  await bootstrapRoles(superuserUrl, { database, passwords });
  await installQueue(superuserUrl, { database, dispatcherPassword: passwords.cal_dispatcher });
  process.stdout.write(`The roles, the database ${database} and its queue are ready; now run the migrations as cal_owner.\n`);
}
