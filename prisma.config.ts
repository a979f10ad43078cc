// Prisma's command line over the project's own PostgreSQL driver: no engine binary is downloaded.
import { defineConfig } from 'prisma/config';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const databaseUrl = process.env.DATABASE_URL;
// `prisma generate` connects to nothing, but takes an unset variable for a broken schema and then downloads an engine.
process.env.DATABASE_URL ??= 'postgresql://nobody@unset.invalid/unset';

// What PostgreSQL's catalog answers in and the adapter does not know (prisma issue 27403), told as what it does know.
const TEXT = 25;
const TEXT_ARRAY = 1009;
const CATALOG_TYPES: Readonly<Record<number, number>> = { 18: TEXT, 19: TEXT, 1002: TEXT_ARRAY, 1003: TEXT_ARRAY };
/** ColumnTypeEnum.Character of driver-adapter-utils; the engine reads pg_constraint.contype as one. */
const CHARACTER = 6;

type Field = { dataTypeID: number };
const result = (pg as unknown as { Result: { prototype: { addFields(fields: Field[]): void } } }).Result.prototype;
const addFields = result.addFields;
result.addFields = function addKnownFields(fields) {
  for (const field of fields) field.dataTypeID = CATALOG_TYPES[field.dataTypeID] ?? field.dataTypeID;
  addFields.call(this, fields);
};

function connection(): pg.PoolConfig {
  if (!databaseUrl) {
    // The engine reports a failed connection without its reason.
    process.stderr.write('DATABASE_URL is not set: this command needs the URL of the role that owns the tables (cal_owner)\n');
    throw new Error('DATABASE_URL is not set');
  }
  return { connectionString: databaseUrl };
}

/** The adapter splits scripts at every semicolon, which breaks function bodies: send them whole. */
function forMigrations(adapter: SqlDriverAdapter, pool: pg.Pool): SqlDriverAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const answer = await queryRaw(query);
    const columnTypes = answer.columnTypes.map((type, i) => (answer.columnNames[i] === 'constraint_type' ? CHARACTER : type));
    return { ...answer, columnTypes };
  };
  adapter.executeScript = async (script) => {
    await pool.query(script);
  };
  return adapter;
}

async function connect(config: pg.PoolConfig): Promise<SqlDriverAdapter> {
  // One connection, because a migration's statements must share their session; the engine does not always close it.
  const pool = new pg.Pool({ ...config, max: 1, allowExitOnIdle: true });
  return forMigrations(await new PrismaPg(pool, { disposeExternalPool: true }).connect(), pool);
}

class MigrationDriver implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres';
  readonly adapterName = '@prisma/adapter-pg';

  connect(): Promise<SqlDriverAdapter> {
    return connect(connection());
  }

  /**
   * A database of its own for `migrate diff --from-migrations`, dropped after its connections are closed.
   * The role must be allowed to create databases: give such commands a superuser's URL, never production's.
   */
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const name = `calibrate_shadow_${crypto.randomUUID().replaceAll('-', '')}`;
    const config = connection();
    const admin = new pg.Client(config);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(String(config.connectionString));
    url.pathname = `/${name}`;
    const shadow = await connect({ connectionString: url.href });
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    };
    return shadow;
  }
}

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations', seed: 'node prisma/seed.ts' },
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new MigrationDriver(),
});
