-- The names of a variant's options in the product's order. jsonb sorts its keys, and a product CSV is read by position: with
-- Option1 and Option2 the other way round, Shopify would make new variants. Empty until the next full sync brings it.
ALTER TABLE "variants" ADD COLUMN "option_names" TEXT[] NOT NULL DEFAULT '{}';
