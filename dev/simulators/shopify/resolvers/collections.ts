/** Collections and their members. */
import type { Collection, Product } from '../catalog.ts';
import { dateTime } from '../clock.ts';
import { paginate } from '../connection.ts';
import type { SortValue } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { compileSearch, numberTest, textTest, timeTest, wordsTest } from '../search-query.ts';
import { refuseArguments } from './arguments.ts';
import type { ResolverTable } from './context.ts';
import { countUpTo } from './values.ts';

function collectionSort(key: string): ((collection: Collection) => SortValue) | null {
  switch (key) {
    case 'ID': case 'RELEVANCE': return null;
    case 'TITLE': return (collection) => collection.title.toLowerCase();
    case 'UPDATED_AT': return (collection) => collection.updatedAt;
    default: throw notSimulated(`CollectionSortKeys.${key}`);
  }
}

function memberSort(key: string): ((product: Product) => SortValue) | null {
  switch (key) {
    case 'COLLECTION_DEFAULT': case 'MANUAL': case 'ID': case 'RELEVANCE': return null;
    case 'TITLE': return (product) => product.title.toLowerCase();
    case 'CREATED': return (product) => product.createdAt;
    default: throw notSimulated(`ProductCollectionSortKeys.${key}`);
  }
}

export const collectionTypes: ResolverTable = {
  QueryRoot: {
    collections: (_root, args, context) => {
      refuseArguments(args, 'collections', ['savedSearchId']);
      const now = () => context.sim.clock.now();
      return paginate<Collection>(args, {
        list: context.shop.catalog.collections, id: (collection) => collection.id, sort: collectionSort(args.sortKey),
        unlimited: context.bulkWindow !== null,
        filter: compileSearch<Collection>(args.query, {
          where: 'collections(query:)', text: (collection) => [collection.title],
          fields: {
            id: numberTest((collection) => collection.id),
            title: wordsTest((collection) => collection.title),
            handle: textTest((collection) => collection.handle),
            updated_at: timeTest((collection) => collection.updatedAt, now),
            collection_type: textTest(() => 'custom'),
          },
        }),
      });
    },
    collection: (_root, args, context) => context.shop.catalog.collection(idOf(args.id, 'Collection') ?? 0) ?? null,
    collectionByHandle: (_root, args, context) => context.shop.catalog.collections.find((collection) => collection.handle === args.handle) ?? null,
    collectionsCount: (_root, args, context) => {
      refuseArguments(args, 'collectionsCount', ['query', 'savedSearchId']);
      return countUpTo(context.shop.catalog.collections.length, args.limit);
    },
  },
  Collection: {
    id: (collection: Collection) => gid('Collection', collection.id),
    legacyResourceId: (collection: Collection) => String(collection.id),
    title: (collection: Collection) => collection.title,
    handle: (collection: Collection) => collection.handle,
    description: (collection: Collection) => collection.descriptionHtml.replace(/<[^>]*>/g, ''),
    descriptionHtml: (collection: Collection) => collection.descriptionHtml,
    updatedAt: (collection: Collection) => dateTime(collection.updatedAt),
    sortOrder: () => 'MANUAL',
    image: () => null,
    ruleSet: () => null,
    productsCount: (collection: Collection) => countUpTo(collection.products.length, null),
    hasProduct: (collection: Collection, args) => collection.products.some((product) => product.id === idOf(args.id, 'Product')),
    products: (collection: Collection, args, context) => {
      const list = [...collection.products].sort((a, b) => a.id - b.id);
      return paginate(args, { list, id: (product) => product.id, sort: memberSort(args.sortKey), unlimited: context.bulkWindow !== null });
    },
  },
};
