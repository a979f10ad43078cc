import type { ConflictChoice } from '@calibr/types';
import { applyChange, pauseChange, resumeChange } from '../../app/flows/apply-change/control.ts';
import { resolveConflict } from '../../app/flows/apply-change/resolve-conflict.ts';
import { approveChange, cancelChange } from '../../app/flows/approve-change/decide.ts';
import { endCampaign } from '../../app/flows/end-campaign/end-campaign.ts';
import { savePolicies } from '../../app/flows/manage-policies/manage-policies.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import { resumeWrites, stopWrites } from '../../app/flows/stop-writes/stop-writes.ts';
import { ok } from '../../app/domain/kernel/result.ts';
import type { Result } from '../../app/domain/kernel/result.ts';
import type { FlowContext } from '../../app/ports/context.ts';
import type { Tx, UnitOfWork } from '../../app/ports/unit-of-work.ts';
import type { ChangeRec, MemoryDb } from './memory-db.ts';
import { contextOf, digestOf, unitOfWorkOf } from './our-processes.ts';
import type { Sim } from './our-processes.ts';
import type { Proc } from './world.ts';

const FINISHED: readonly string[] = ['applied', 'partially_applied'];

/** What merchants and their staff do with the app of one shop: everything that the console offers, at any time. */
export class People {
  readonly #sim: Sim;
  readonly #db: MemoryDb;
  readonly #proc: () => Proc;
  /** Some shops run campaigns all the time, some none. */
  readonly #campaigns: number;

  constructor(sim: Sim, db: MemoryDb, proc: () => Proc) {
    this.#sim = sim;
    this.#db = db;
    this.#proc = proc;
    this.#campaigns = sim.world.chance.of([0, 0.45, 0.45, 0.8]);
  }

  /** One request, on an app process that may die or break under it. */
  async #ask<T>(what: string, work: (deps: { uow: UnitOfWork; newDigest: ReturnType<typeof digestOf>; planMaxAgeHours: number }, ctx: FlowContext) => Promise<Result<T>>): Promise<T | null> {
    const proc = this.#proc();
    const { world } = this.#sim;
    if (!proc.alive) {
      await this.#wait(1_000);
      return null;
    }
    const ctx = contextOf(this.#sim, proc, this.#db.tenantId, { kind: 'user', id: String(world.chance.between(1, 3)) });
    // Whoever asked an app that dies sees an error page a moment later.
    const died = new Promise<null>((gone) => proc.onKill.push(() => world.after(1_000, () => gone(null))));
    try {
      const result = await Promise.race([work({ uow: unitOfWorkOf(this.#sim, proc), newDigest: digestOf(this.#sim), planMaxAgeHours: 72 }, ctx), died]);
      if (result === null) return null;
      world.say('people', () => `${what}: ${result.ok ? 'ok' : `${result.error.code} ${result.error.detail}`}`);
      if (result.ok) world.count(`asked ${what}`);
      return result.ok ? result.value : null;
    } catch (error) {
      world.say('people', () => `${what} broke: ${error instanceof Error ? (error.name === 'Error' && 'code' in error ? error.message : error.stack) : String(error)}`);
      return null;
    }
  }

  #changes(test: (change: ChangeRec) => boolean): ChangeRec[] {
    return [...this.#db.changes.rows.values()].filter(test);
  }

  #wait(ms: number): Promise<void> {
    return this.#sim.world.sleep(this.#sim.outside, ms);
  }

  /** Until the plan is there; the hash that the person is shown. */
  async #planned(id: string): Promise<string | null> {
    for (let looks = 0; looks < 60; looks++) {
      const change = this.#db.changes.rows.get(id);
      if (change && change.activity === null && change.planHash !== null) return change.planHash;
      await this.#wait(2_000);
    }
    return null;
  }

  async make(): Promise<void> {
    const { chance, now } = this.#sim.world;
    const variants = [...this.#db.variants.rows.values()].filter((variant) => variant.active);
    const chosen = variants.filter(() => chance.happens(0.7));
    const percent = chance.of(['-10', '-15', '-20', '-5', '8', '12', '-25']);
    const campaign = chance.happens(this.#campaigns);
    const wall = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
    const startIn = chance.happens(0.3) ? chance.between(5_000, 40_000) : -60_000;
    const schedule = campaign ? { startAt: wall(now + startIn), endAt: wall(now + Math.max(0, startIn) + chance.between(30_000, 150_000)), timeZone: 'UTC' }
      : chance.happens(0.2) ? { startAt: wall(now + chance.between(5_000, 50_000)), timeZone: 'UTC' } : null;
    const rule = {
      selector: { field: 'variant.sku', op: 'in', value: (chosen.length ? chosen : variants).map((variant) => `S-${variant.ref}`) },
      transform: { steps: [chance.happens(0.8) ? { type: 'percent', value: percent } : { type: 'set', value: `${chance.between(8, 14)}.${chance.between(10, 99)}` }], ...(chance.happens(0.3) ? { compareAt: { mode: 'sale' } } : {}) },
      priority: chance.between(0, 3),
    };
    const made = await this.#ask('create', (deps, ctx) => createChange(deps, ctx, { name: `C${this.#db.changes.rows.size + 1}`, rule, ...(schedule ? { schedule } : {}) }));
    if (!made) return;
    await this.#preview(made.id);
    const seen = await this.#planned(made.id);
    if (seen === null) return;
    if (chance.happens(0.15)) {
      // Somebody asks for a new plan while another is about to approve the one that was shown.
      await this.#preview(made.id);
      await this.#wait(chance.between(100, 8_000));
    }
    await this.#wait(chance.between(200, 8_000));
    await this.#approveAndApply(made.id, seen, schedule !== null);
  }

  #preview(id: string): Promise<unknown> {
    return this.#ask('preview', (deps, ctx) => requestPreview(deps, ctx, { id }));
  }

  async #approveAndApply(id: string, planHash: string, startsItself = false): Promise<void> {
    const { chance } = this.#sim.world;
    for (let tries = 0; tries < 3; tries++) {
      if (await this.#ask('approve', (deps, ctx) => approveChange(deps, ctx, { id, planHash }))) break;
      await this.#wait(3_000);
    }
    if (startsItself && chance.happens(0.6)) return;
    await this.#wait(chance.between(100, 6_000));
    const canary = chance.happens(0.12) ? { canaryPercent: 40, ...(chance.happens(0.5) ? { canaryContinue: 'auto' } : {}) } : {};
    for (let tries = 0; tries < 2; tries++) {
      if (await this.#ask('apply', (deps, ctx) => applyChange(deps, ctx, { id, ...canary }))) return;
      await this.#wait(2_000);
    }
  }

  async rollBack(): Promise<void> {
    const { chance } = this.#sim.world;
    const able = this.#changes((change) => FINISHED.includes(change.state));
    if (able.length === 0) return;
    // What was written over an edit goes back to the edit, not to what the plan saw: worth a look more often than chance has it.
    const decided = able.filter(({ id }) => [...this.#db.items.rows.values()].some((item) => item.changeId === id && item.resolution === 'write_ours' && item.state === 'applied'));
    await this.#rollBackOf(chance.of(decided.length && chance.happens(0.7) ? decided : able).id);
  }

  async #rollBackOf(id: string): Promise<void> {
    const made = await this.#ask('roll back', (deps, ctx) => rollBackChange(deps, ctx, { id }));
    const planHash = made && this.#db.changes.rows.get(made.id)?.planHash;
    if (made && planHash) await this.#approveAndApply(made.id, planHash);
  }

  async pauseAWhile(): Promise<void> {
    const { chance } = this.#sim.world;
    const able = this.#changes((change) => change.state === 'applying');
    if (able.length === 0) return;
    const { id } = chance.of(able);
    await this.#ask('pause', (deps, ctx) => pauseChange(deps, ctx, { id }));
    await this.#wait(chance.between(1_000, 40_000));
    if (chance.happens(0.3)) await this.#ask('cancel', (deps, ctx) => cancelChange(deps, ctx, { id }));
    else await this.#ask('resume', (deps, ctx) => resumeChange(deps, ctx, { id }));
  }

  async resolve(): Promise<void> {
    const { chance } = this.#sim.world;
    const open = [...this.#db.items.rows.values()].filter((item) => item.state === 'conflict');
    if (open.length === 0) return;
    const { changeId, id } = chance.of(open);
    const choice = chance.of<ConflictChoice>(['write_ours', 'write_ours', 'keep_live', 'new_baseline']);
    await this.#ask(`resolve ${choice}`, (deps, ctx) => resolveConflict(deps, ctx, { id: changeId, itemId: id, choice }));
  }

  /** Writes over an edit, and then takes the whole change back: the edit has to come back, not what the plan saw. */
  async overwriteAndTakeBack(): Promise<void> {
    const { chance } = this.#sim.world;
    const conflicts = [...this.#db.items.rows.values()].filter((item) => item.state === 'conflict' && this.#db.changes.rows.get(item.changeId)!.endAt === null);
    if (conflicts.length === 0) return;
    const { changeId, id } = chance.of(conflicts);
    await this.#ask('resolve write_ours', (deps, ctx) => resolveConflict(deps, ctx, { id: changeId, itemId: id, choice: 'write_ours' }));
    for (let looks = 0; looks < 20 && !FINISHED.includes(this.#db.changes.rows.get(changeId)!.state); looks++) await this.#wait(2_000);
    if (this.#db.items.rows.get(id)!.state === 'applied') await this.#rollBackOf(changeId);
  }

  async endOne(): Promise<void> {
    const able = this.#changes((change) => change.endAt !== null && [...FINISHED, 'applying', 'ending'].includes(change.state));
    if (able.length === 0) return;
    const { id } = this.#sim.world.chance.of(able);
    await this.#ask('end campaign', (deps, ctx) => endCampaign(deps, ctx, { id }));
  }

  async stopAWhile(): Promise<void> {
    await this.#ask('stop writes', (deps, ctx) => stopWrites(deps, ctx, { reason: 'look' }));
    await this.#wait(this.#sim.world.chance.between(3_000, 40_000));
    await this.#ask('resume writes', (deps, ctx) => resumeWrites(deps, ctx));
  }

  async changePolicies(): Promise<void> {
    const { chance } = this.#sim.world;
    const maxDecreasePercent = { value: chance.of(['12', '18', '40']), action: chance.of(['clamp', 'block'] as const) };
    await this.#ask('change policies', (deps, ctx) => savePolicies(deps, ctx, { guardrails: { maxDecreasePercent } }));
  }

  /** Opens the app anew, which installs it; again until it is answered. */
  async install(): Promise<void> {
    const again = async (tx: Tx, ctx: FlowContext): Promise<Result<true>> => {
      await tx.tenant.update({ state: 'installed' }, ctx.now());
      return ok(true);
    };
    while (!(await this.#ask('install', ({ uow }, ctx) => uow.run(ctx.tenantId, (tx) => again(tx, ctx))))) await this.#wait(1_000);
  }

  /** When the faults are over somebody puts right what waits for a person, but leaves conflicts as they are. */
  async putRight(endCampaigns: boolean): Promise<void> {
    if (this.#db.tenant().writesStopped) await this.#ask('resume writes', (deps, ctx) => resumeWrites(deps, ctx));
    for (const { id } of this.#changes((change) => change.state === 'paused')) await this.#ask('resume', (deps, ctx) => resumeChange(deps, ctx, { id }));
    const ending = this.#changes((change) => change.state === 'ending' && change.failure !== null);
    const running = endCampaigns ? this.#changes((change) => change.endAt !== null && change.kind !== 'rollback' && FINISHED.includes(change.state)) : [];
    for (const { id } of [...ending, ...running]) await this.#ask('end campaign', (deps, ctx) => endCampaign(deps, ctx, { id }));
  }

  /** What people do until faults stop, one thing after the other; several of them at once. */
  async live(until: number): Promise<void> {
    const { chance } = this.#sim.world;
    await this.make();
    while (this.#sim.world.now < until) {
      await this.#wait(chance.between(500, 15_000));
      if (this.#sim.world.now >= until) return;
      const what = chance.weighed({ make: 6, resolve: 4, overwrite: 3, rollBack: 3, pause: 2, end: 1, stop: 1, policies: 0.7 });
      if (what === 'make' && this.#changes(() => true).length < 9) await this.make();
      if (what === 'resolve') await this.resolve();
      if (what === 'overwrite') await this.overwriteAndTakeBack();
      if (what === 'rollBack') await this.rollBack();
      if (what === 'pause') await this.pauseAWhile();
      if (what === 'end') await this.endOne();
      if (what === 'stop') await this.stopAWhile();
      if (what === 'policies') await this.changePolicies();
    }
  }
}
