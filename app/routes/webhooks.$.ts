// /webhooks/TOPIC for every topic of shopify.app.toml; the topic that counts is the signed request's header.
export { postOnly as loader, webhookAction as action } from '../http/operations-routes.ts';
