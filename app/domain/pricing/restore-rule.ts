/** What a plan that restores is made by: it selects nothing by rule, every price it writes is one that the shop had before. */
export const RESTORE_RULE = { selector: { any: [] }, transform: { base: 'price', steps: [] } };
