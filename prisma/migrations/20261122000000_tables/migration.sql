-- The tables of prisma/schema.prisma. Written by `prisma migrate diff`; what Prisma cannot say is in the migrations after it.
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "tenants" (
    "tenant_id" UUID NOT NULL,
    "shop_domain" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "currency_code" CHAR(3) NOT NULL DEFAULT 'USD',
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "plan" TEXT NOT NULL DEFAULT '',
    "state" TEXT NOT NULL DEFAULT 'installed',
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "installed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uninstalled_at" TIMESTAMPTZ(6),
    "writes_stopped" BOOLEAN NOT NULL DEFAULT false,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "shop_sessions" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "shop_domain" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "is_online" BOOLEAN NOT NULL,
    "scope" TEXT,
    "expires" TIMESTAMPTZ(6),
    "access_token" TEXT NOT NULL,
    "refresh_token" TEXT,
    "refresh_token_expires" TIMESTAMPTZ(6),
    "online_access_info" JSONB,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shop_sessions_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "members" (
    "tenant_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "members_pkey" PRIMARY KEY ("tenant_id","user_id")
);

-- CreateTable
CREATE TABLE "api_tokens" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "products" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "ref" BIGINT NOT NULL,
    "title" TEXT NOT NULL,
    "handle" TEXT NOT NULL,
    "vendor" TEXT NOT NULL,
    "product_type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "tags" TEXT[],
    "collections" TEXT[],
    "title_key" TEXT NOT NULL,
    "handle_key" TEXT NOT NULL,
    "vendor_key" TEXT NOT NULL,
    "type_key" TEXT NOT NULL,
    "status_key" TEXT NOT NULL,
    "tag_keys" TEXT[],
    "collection_keys" TEXT[],
    "channel_refs" JSONB NOT NULL DEFAULT '{}',
    "active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(6),
    "published_at" TIMESTAMPTZ(6),
    "updated_at" TIMESTAMPTZ(6),
    "synced_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "products_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "variants" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "ref" BIGINT NOT NULL,
    "product_id" UUID NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 1,
    "title" TEXT NOT NULL,
    "sku" TEXT NOT NULL,
    "barcode" TEXT NOT NULL,
    "title_key" TEXT NOT NULL,
    "sku_key" TEXT NOT NULL,
    "barcode_key" TEXT NOT NULL,
    "price" BIGINT NOT NULL,
    "compare_at" BIGINT,
    "cost" BIGINT,
    "map_price" BIGINT,
    "baseline_price" BIGINT,
    "baseline_compare_at" BIGINT,
    "layer_id" UUID,
    "inventory_quantity" INTEGER,
    "options" JSONB NOT NULL DEFAULT '{}',
    "option_keys" JSONB NOT NULL DEFAULT '{}',
    "channel_refs" JSONB NOT NULL DEFAULT '{}',
    "active" BOOLEAN NOT NULL DEFAULT true,
    "updated_at" TIMESTAMPTZ(6),
    "synced_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "variants_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "price_versions" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "variant_id" UUID NOT NULL,
    "currency_code" CHAR(3) NOT NULL,
    "unit_amount" BIGINT NOT NULL,
    "compare_at" BIGINT,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),
    "source" TEXT NOT NULL,
    "layer_id" UUID,
    "baseline_amount" BIGINT,
    "baseline_compare_at" BIGINT,
    "price_change_id" UUID,
    "item_id" UUID,
    "correlation_id" TEXT,

    CONSTRAINT "price_versions_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "discount_policies" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "rule_json" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(6),

    CONSTRAINT "discount_policies_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "discount_policy_versions" (
    "tenant_id" UUID NOT NULL,
    "policy_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "rule_json" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "discount_policy_versions_pkey" PRIMARY KEY ("tenant_id","policy_id","version")
);

-- CreateTable
CREATE TABLE "price_changes" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "activity" TEXT,
    "rule_id" UUID,
    "rule_version" INTEGER,
    "rule_json" JSONB NOT NULL,
    "selector_json" JSONB NOT NULL,
    "transform_json" JSONB NOT NULL,
    "schedule_json" JSONB,
    "schedule_at" TIMESTAMPTZ(6),
    "end_at" TIMESTAMPTZ(6),
    "priority" INTEGER NOT NULL DEFAULT 0,
    "currency_code" CHAR(3) NOT NULL,
    "plan_hash" TEXT,
    "plan_version" INTEGER NOT NULL DEFAULT 0,
    "policy_version" INTEGER,
    "summary" JSONB,
    "previewed_at" TIMESTAMPTZ(6),
    "approved_hash" TEXT,
    "approved_by" TEXT,
    "approved_at" TIMESTAMPTZ(6),
    "approval_comment" TEXT,
    "apply_seq" BIGINT,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "pause_reason" TEXT,
    "failure" TEXT,
    "canary_percent" DECIMAL(5,2),
    "rollback_of" UUID,
    "parent_id" UUID,
    "correlation_id" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "price_changes_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "price_change_items" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "change_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "variant_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "variant_ref" BIGINT NOT NULL,
    "product_ref" BIGINT NOT NULL,
    "sku" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "warnings" TEXT[],
    "before_price" BIGINT NOT NULL,
    "before_compare_at" BIGINT,
    "after_price" BIGINT,
    "after_compare_at" BIGINT,
    "baseline_price" BIGINT,
    "baseline_compare_at" BIGINT,
    "layer_id" UUID,
    "source" TEXT NOT NULL,
    "policy_version" INTEGER,
    "cost" BIGINT,
    "inputs" JSONB,
    "trace" JSONB,
    "source_item_id" UUID,
    "state" TEXT NOT NULL,
    "expected_price" BIGINT,
    "expected_compare_at" BIGINT,
    "live_price" BIGINT,
    "live_compare_at" BIGINT,
    "live_read_at" TIMESTAMPTZ(6),
    "verdict" TEXT,
    "resolution" TEXT,
    "resolved_by" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT,
    "lease_until" TIMESTAMPTZ(6),
    "run_at" TIMESTAMPTZ(6),
    "intent_at" TIMESTAMPTZ(6),
    "request_id" TEXT,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "price_change_items_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "events" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "schema_version" TEXT NOT NULL,
    "aggregate_type" TEXT NOT NULL,
    "aggregate_id" TEXT NOT NULL,
    "correlation_id" TEXT NOT NULL,
    "causation_id" TEXT,
    "actor" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("tenant_id","seq")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "entity_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "explain" JSONB NOT NULL DEFAULT '{}',
    "correlation_id" TEXT NOT NULL,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("tenant_id","seq")
);

-- CreateTable
CREATE TABLE "chain_heads" (
    "tenant_id" UUID NOT NULL,
    "chain" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "chain_heads_pkey" PRIMARY KEY ("tenant_id","chain")
);

-- CreateTable
CREATE TABLE "outbox" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "event_id" UUID NOT NULL,
    "event_seq" BIGINT NOT NULL,
    "aggregate" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'ready',
    "run_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT,
    "lease_until" TIMESTAMPTZ(6),
    "error" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "webhook_inbox" (
    "tenant_id" UUID NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "api_version" TEXT NOT NULL,
    "triggered_at" TIMESTAMPTZ(6) NOT NULL,
    "payload" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'received',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(6),

    CONSTRAINT "webhook_inbox_pkey" PRIMARY KEY ("tenant_id","webhook_id")
);

-- CreateTable
CREATE TABLE "catalog_syncs" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "operation_ref" TEXT,
    "products" INTEGER NOT NULL DEFAULT 0,
    "variants" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "correlation_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "catalog_syncs_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "catalog_staging" (
    "tenant_id" UUID NOT NULL,
    "batch_id" UUID NOT NULL,
    "line" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "ref" BIGINT NOT NULL,
    "parent_ref" BIGINT,
    "payload" JSONB NOT NULL,

    CONSTRAINT "catalog_staging_pkey" PRIMARY KEY ("tenant_id","batch_id","line")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "body_hash" BYTEA NOT NULL,
    "status" INTEGER,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","key")
);

-- CreateTable
CREATE TABLE "connector_health" (
    "tenant_id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "checked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connector_health_pkey" PRIMARY KEY ("tenant_id","connector")
);

-- CreateTable
CREATE TABLE "change_projection" (
    "tenant_id" UUID NOT NULL,
    "change_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "applied" INTEGER NOT NULL DEFAULT 0,
    "settled" INTEGER NOT NULL DEFAULT 0,
    "conflicts" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "kept" INTEGER NOT NULL DEFAULT 0,
    "cancelled" INTEGER NOT NULL DEFAULT 0,
    "last_seq" BIGINT NOT NULL,

    CONSTRAINT "change_projection_pkey" PRIMARY KEY ("tenant_id","change_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_tenant_id_token_hash_key" ON "api_tokens"("tenant_id", "token_hash");

-- CreateIndex
CREATE INDEX "products_tenant_id_title_key_id_idx" ON "products"("tenant_id", "title_key", "id");

-- CreateIndex
CREATE INDEX "products_tenant_id_vendor_key_idx" ON "products"("tenant_id", "vendor_key");

-- CreateIndex
CREATE INDEX "products_tenant_id_type_key_idx" ON "products"("tenant_id", "type_key");

-- CreateIndex
CREATE INDEX "products_tag_keys_idx" ON "products" USING GIN ("tag_keys");

-- CreateIndex
CREATE INDEX "products_collection_keys_idx" ON "products" USING GIN ("collection_keys");

-- CreateIndex
CREATE UNIQUE INDEX "products_tenant_id_ref_key" ON "products"("tenant_id", "ref");

-- CreateIndex
CREATE INDEX "variants_tenant_id_product_id_position_idx" ON "variants"("tenant_id", "product_id", "position");

-- CreateIndex
CREATE INDEX "variants_tenant_id_sku_key_idx" ON "variants"("tenant_id", "sku_key");

-- CreateIndex
CREATE INDEX "variants_tenant_id_price_idx" ON "variants"("tenant_id", "price");

-- CreateIndex
CREATE UNIQUE INDEX "variants_tenant_id_ref_key" ON "variants"("tenant_id", "ref");

-- CreateIndex
CREATE INDEX "price_versions_tenant_id_variant_id_valid_from_idx" ON "price_versions"("tenant_id", "variant_id", "valid_from" DESC);

-- CreateIndex
CREATE INDEX "discount_policies_tenant_id_type_updated_at_id_idx" ON "discount_policies"("tenant_id", "type", "updated_at" DESC, "id");

-- CreateIndex
CREATE INDEX "price_changes_tenant_id_created_at_id_idx" ON "price_changes"("tenant_id", "created_at" DESC, "id");

-- CreateIndex
CREATE INDEX "price_changes_tenant_id_state_idx" ON "price_changes"("tenant_id", "state");

-- CreateIndex
CREATE INDEX "price_change_items_tenant_id_change_id_state_position_idx" ON "price_change_items"("tenant_id", "change_id", "state", "position");

-- CreateIndex
CREATE INDEX "price_change_items_tenant_id_change_id_outcome_position_idx" ON "price_change_items"("tenant_id", "change_id", "outcome", "position");

-- CreateIndex
CREATE INDEX "price_change_items_tenant_id_variant_id_idx" ON "price_change_items"("tenant_id", "variant_id");

-- CreateIndex
CREATE UNIQUE INDEX "price_change_items_tenant_id_change_id_position_key" ON "price_change_items"("tenant_id", "change_id", "position");

-- CreateIndex
CREATE INDEX "events_tenant_id_aggregate_type_aggregate_id_seq_idx" ON "events"("tenant_id", "aggregate_type", "aggregate_id", "seq");

-- CreateIndex
CREATE INDEX "events_tenant_id_type_seq_idx" ON "events"("tenant_id", "type", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "events_tenant_id_id_key" ON "events"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_entity_entity_id_seq_idx" ON "audit_log"("tenant_id", "entity", "entity_id", "seq");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_correlation_id_idx" ON "audit_log"("tenant_id", "correlation_id");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_actor_seq_idx" ON "audit_log"("tenant_id", "actor", "seq");

-- CreateIndex
CREATE INDEX "audit_log_tenant_id_created_at_idx" ON "audit_log"("tenant_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_log_tenant_id_id_key" ON "audit_log"("tenant_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_tenant_id_event_id_key" ON "outbox"("tenant_id", "event_id");

-- CreateIndex
CREATE INDEX "webhook_inbox_tenant_id_topic_event_id_idx" ON "webhook_inbox"("tenant_id", "topic", "event_id");

-- CreateIndex
CREATE INDEX "webhook_inbox_tenant_id_state_received_at_idx" ON "webhook_inbox"("tenant_id", "state", "received_at");

-- CreateIndex
CREATE INDEX "catalog_syncs_tenant_id_started_at_idx" ON "catalog_syncs"("tenant_id", "started_at" DESC);

-- AddForeignKey
ALTER TABLE "variants" ADD CONSTRAINT "variants_tenant_id_product_id_fkey" FOREIGN KEY ("tenant_id", "product_id") REFERENCES "products"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price_versions" ADD CONSTRAINT "price_versions_tenant_id_variant_id_fkey" FOREIGN KEY ("tenant_id", "variant_id") REFERENCES "variants"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "discount_policy_versions" ADD CONSTRAINT "discount_policy_versions_tenant_id_policy_id_fkey" FOREIGN KEY ("tenant_id", "policy_id") REFERENCES "discount_policies"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price_change_items" ADD CONSTRAINT "price_change_items_tenant_id_change_id_fkey" FOREIGN KEY ("tenant_id", "change_id") REFERENCES "price_changes"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

